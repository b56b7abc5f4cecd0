#include "publishers/event_maker.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/dispersion.hpp"
#include "ingest/errors.hpp"
#include "publishers/iso8601.hpp"
#include "publishers/topic.hpp"
#include "publishers/uuid.hpp"

namespace draftstream {
namespace {

// Microseconds that are remembered: far more than candidates of one second, which come out of order
// by less than that.
constexpr std::size_t remembered_stamps = 4096;

// "20180417T131831.123456": ISO 8601 without separators, cut to microseconds.
std::string compact_stamp(const UtcInstant& instant) {
  const std::string iso = format_iso8601(instant);  // YYYY-MM-DDTHH:MM:SS.nnnnnnnnnZ
  std::string stamp;
  for (const char character : iso.substr(0, iso.size() - 4)) {
    if (character != '-' && character != ':') stamp += character;
  }
  return stamp;
}

std::string beam_part(const EventContext& context) {
  return fmt::format("b{:04d}", context.observation.beam.value_or(0));
}

std::optional<std::string> known(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional{text};
}

// An uncertainty of 0 means that nobody estimated it.
std::optional<double> known(double positive) {
  return std::isfinite(positive) && positive > 0.0 ? std::optional{positive} : std::nullopt;
}

EventObservation describe(const Observation& observation) {
  const FrequencyAxis& band = observation.frequency;
  EventObservation described;
  described.telescope = known(observation.telescope);
  described.backend = known(observation.backend);
  described.source_name = known(observation.source_name);
  described.nchan = band.channels();
  described.nbit = observation.stored_bits;
  described.npol = observation.stored_pols;
  described.tsamp_us = observation.time.sample_time.value() * 1e6;
  described.fch1_mhz = band.first().value();
  if (band.step().value() != 0.0) described.foff_mhz = band.step().value();
  described.bw_mhz = (band.highest() - band.lowest() + band.channel_width()).value();
  described.centre_freq_mhz = band.middle().value();
  return described;
}

// A negative beam number is some header's way to say that there is none.
EventContext with_known_beam(EventContext context) {
  if (context.observation.beam.value_or(0) < 0) context.observation.beam.reset();
  return context;
}

double width_ms(const Candidate& candidate, const Observation& observation) {
  return (static_cast<double>(candidate.boxcar_samples) * observation.time.sample_time).value() *
         1e3;
}

void require_finite(double value, const char* what) {
  if (!std::isfinite(value)) {
    throw std::invalid_argument(fmt::format("EventMaker: {} of a candidate is {}", what, value));
  }
}

}  // namespace

std::string publisher_name(const EventContext& context) {
  return fmt::format("{}/{}/{}", context.site, context.instrument, context.instance);
}

std::string observation_id(const EventContext& context) {
  return fmt::format("{}-{}-{}", context.site, compact_stamp(context.observation.time.start),
                     beam_part(context));
}

EventMaker::EventMaker(EventContext context)
    : context_{with_known_beam(std::move(context))},
      publisher_{publisher_name(context_)},
      obs_id_{observation_id(context_)},
      next_seq_{context_.first_seq} {
  check_topic_word("site", context_.site);
  check_topic_word("instrument", context_.instrument);
  check_topic_word("instance", context_.instance);
  if (!is_uuid(context_.session)) {
    throw ConfigError(fmt::format("session: found '{}', expected a UUID", context_.session));
  }
}

std::uint32_t EventMaker::count_at(const std::string& stamp) {
  const auto [place, is_new] = counts_.try_emplace(stamp, 0);
  if (is_new) {
    stamps_.push_back(stamp);
    if (stamps_.size() > remembered_stamps) {
      counts_.erase(stamps_.front());
      stamps_.pop_front();
    }
  }
  return ++place->second;
}

Event EventMaker::make(const Candidate& candidate) {
  require_finite(candidate.snr, "S/N");
  require_finite(candidate.dm.value(), "DM");
  require_finite(candidate.toa.value(), "arrival time");
  const Observation& observation = context_.observation;
  const FrequencyAxis& band = observation.frequency;
  constexpr Megahertz infinity{std::numeric_limits<double>::infinity()};

  Event event;
  event.time.toa = observation.time.start + candidate.toa;
  event.time.toa_unc_s = known(candidate.toa_uncertainty.value());
  event.time.toa_ref_freq_mhz = band.highest().value();
  // Subtracted from the time since the start, where a double keeps most digits.
  const Seconds delay = dispersion_delay(candidate.dm, band.highest(), infinity);
  event.time.toa_inf = observation.time.start + (candidate.toa - delay);
  event.time.toa_s = candidate.toa.value();
  event.time.sample_index = candidate.sample_index;
  event.time.obs_id = obs_id_;
  event.time.obs_start = observation.time.start;

  event.dm = {candidate.dm.value(), known(candidate.dm_uncertainty.value()),
              known(candidate.trial_step.value()), dispersion_constant};
  event.signal.snr = candidate.snr;
  event.signal.width_ms = width_ms(candidate, observation);
  event.signal.width_samples = candidate.boxcar_samples;
  event.signal.members = candidate.members;
  event.signal.freq_lo_mhz = (band.lowest() - 0.5 * band.channel_width()).value();
  event.signal.freq_hi_mhz = (band.highest() + 0.5 * band.channel_width()).value();

  event.classifier = context_.classifier;
  event.classifier.detector_score = candidate.detector_score;
  event.classifier.classifier_score = candidate.classifier_score;
  event.classifier.probability = candidate.probability;
  event.classifier.label = candidate.label;

  event.position.ra_deg = observation.ra_deg;
  event.position.dec_deg = observation.dec_deg;
  if (observation.ra_deg && observation.dec_deg) event.position.source = context_.position_source;
  event.beam.index = observation.beam;
  event.beam.id = known(context_.beam_id);
  event.observation = describe(observation);
  event.quality = {candidate.frac_missing, candidate.frac_masked, candidate.gap_within_event,
                   candidate.overrun};
  event.injection.is_injection = context_.tense == AlertTense::injection;
  event.software = context_.software;

  const std::string stamp = compact_stamp(event.time.toa);
  event.event_id =
      fmt::format("{}-{}-{}-{:04d}", context_.site, stamp, beam_part(context_), count_at(stamp));
  event.uuid = make_uuid();
  event.publisher = publisher_;
  event.session = context_.session;
  event.alert_tense = context_.tense;
  event.created = utc_now();
  event.seq = next_seq_++;
  return event;
}

EventSighting EventMaker::sighting(const Candidate& candidate) const {
  const Observation& observation = context_.observation;
  return {observation.beam.value_or(0), candidate.snr, candidate.dm.value(),
          width_ms(candidate, observation), observation.time.start + candidate.toa};
}

}  // namespace draftstream
