#include "publishers/gateways/gcn_alert.hpp"

#include <fmt/format.h>

#include "publishers/gateways/event_sentence.hpp"
#include "publishers/json_fields.hpp"

namespace draftstream {
namespace {

void add_known(OrderedJson& json, const char* key, const std::optional<double>& value) {
  if (value) json[key] = *value;
}

void add_known(OrderedJson& json, const char* key, const std::optional<std::string>& value) {
  if (value && !value->empty()) json[key] = *value;
}

// An event that confirms alerts has their names, too.
OrderedJson names_of(const OutgoingEvent& outgoing) {
  const std::string& own = outgoing.event.event_id;
  OrderedJson names = OrderedJson::array({own});
  for (const SentMessage& one : outgoing.follows) {
    if (one.event_id != own) names.push_back(one.event_id);
  }
  return names.size() == 1 ? names.front() : names;
}

std::string alert_type_of(const OutgoingEvent& outgoing) {
  const AlertType type = outgoing.event.alert_type;
  if (type == AlertType::retraction) return "retraction";
  return outgoing.follows.empty() ? "initial" : "update";
}

}  // namespace

std::string gcn_alert(const OutgoingEvent& outgoing, const GcnFormat& format) {
  const Event& event = outgoing.event;
  OrderedJson json{{"$schema", format.schema},
                   {"id", names_of(outgoing)},
                   {"alert_type", alert_type_of(outgoing)},
                   {"alert_tense", name(event.alert_tense)},
                   {"alert_datetime", format_iso8601(event.created)},
                   {"messenger", "EM"},
                   {"record_number", event.revision},
                   {"trigger_time", format_iso8601(event.time.toa)}};
  add_known(json, "trigger_time_error", event.time.toa_unc_s);
  add_known(json, "mission", event.observation.telescope);
  add_known(json, "instrument", event.observation.backend);
  if (event.signal.freq_lo_mhz && event.signal.freq_hi_mhz) {
    json["spectral_band"] = {*event.signal.freq_lo_mhz, *event.signal.freq_hi_mhz};
    json["spectral_band_units"] = "MHz";
  }
  json["snr"] = event.signal.snr;
  json["event_duration"] = event.signal.width_ms;
  json["dm"] = event.dm.value_pc_cm3;
  add_known(json, "dm_error", event.dm.unc_pc_cm3);
  if (event.position.ra_deg && event.position.dec_deg) {
    json["ra"] = *event.position.ra_deg;
    json["dec"] = *event.position.dec_deg;
    add_known(json, "ra_dec_error", format.position_error_deg);
  }
  add_known(json, "importance", event.classifier.probability);
  add_known(json, "known_source", std::optional{outgoing.known_source});
  json["description"] = fmt::format(
      "{}; trigger_time is the arrival at {} MHz, at infinite frequency it is {}",
      describe(outgoing), event.time.toa_ref_freq_mhz, format_iso8601(event.time.toa_inf));
  return one_line(json);
}

}  // namespace draftstream
