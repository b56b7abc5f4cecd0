#include "publishers/gateways/event_sentence.hpp"

#include <fmt/format.h>

namespace draftstream {
namespace {

std::string headline(const Event& event) {
  const bool is_alert = event.search == SearchKind::prompt;
  if (event.alert_type == AlertType::retraction) {
    return fmt::format("Retracted: {}", event.retraction_reason.value_or("no burst"));
  }
  const std::string label =
      event.classifier.label == "unjudged" ? "candidate (unjudged)" : event.classifier.label;
  if (event.alert_type == AlertType::update) {
    return fmt::format("Update {} of {}{}", event.revision, is_alert ? "prompt alert: " : "",
                       label);
  }
  return is_alert ? fmt::format("Prompt alert, to be confirmed or retracted: {}", label)
                  : fmt::format("Found: {}", label);
}

}  // namespace

std::string describe(const OutgoingEvent& outgoing) {
  const Event& event = outgoing.event;
  std::string text =
      fmt::format("{}, S/N {:.1f}, DM {:.1f} pc cm^-3, width {:.3g} ms, at {} ({:.2f} MHz)",
                  headline(event), event.signal.snr, event.dm.value_pc_cm3, event.signal.width_ms,
                  format_iso8601(event.time.toa), event.time.toa_ref_freq_mhz);
  if (event.beam.index) text += fmt::format(", beam {}", *event.beam.index);
  if (event.position.ra_deg && event.position.dec_deg) {
    text +=
        fmt::format(", RA {:.3f} Dec {:+.3f} deg", *event.position.ra_deg, *event.position.dec_deg);
  }
  if (event.classifier.probability) {
    text += fmt::format(", probability {:.3f}", *event.classifier.probability);
  }
  if (!outgoing.known_source.empty()) text += fmt::format(", as {}", outgoing.known_source);
  if (event.alert_tense == AlertTense::archival) text += ", found in a recording";
  return fmt::format("{}; {}", text, event.event_id);
}

}  // namespace draftstream
