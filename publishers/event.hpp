// The event as other programs see it: schema frb-event/1.0.0, one JSON object a message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/time_axis.hpp"

namespace draftstream {

/// What every message calls its schema. Readers refuse another major version.
inline constexpr std::string_view event_schema = "frb-event/1.0.0";

enum class MessageType { candidate, event, update, retraction, status, heartbeat };
enum class AlertType { initial, update, retraction };
enum class SearchKind {
  full,    ///< All there is to know of the burst; the last word.
  prompt,  ///< Of short blocks, at once: an alert, which the full search confirms, or does not.
};
enum class AlertTense {
  current,    ///< Found while the telescope observes.
  archival,   ///< Found in a recording.
  test,       ///< Means nothing about the sky.
  injection,  ///< A simulated burst put into real data.
};

std::string_view name(MessageType type);   ///< "event", "status", ...: as published.
std::string_view name(AlertType type);     ///< "initial", ...: as published.
std::string_view name(AlertTense tense);   ///< "archival", ...: as published.
std::string_view name(SearchKind search);  ///< "full", "prompt": as published.

/// When the pulse arrived.
struct EventTime {
  UtcInstant toa;                   ///< Middle of the pulse at toa_ref_freq_mhz; published in ns.
  std::optional<double> toa_unc_s;  ///< One sigma.
  double toa_ref_freq_mhz = 0.0;    ///< Centre of the highest channel.
  UtcInstant toa_inf;               ///< The same pulse at infinite frequency.
  double toa_s = 0.0;               ///< `toa` since the first sample of the observation.
  std::uint64_t sample_index = 0;   ///< Sample that holds `toa`; < 2^53.
  std::string obs_id;               ///< The observation; the same each time it is searched.
  UtcInstant obs_start;             ///< Start of its first sample.
  std::string scale = "UTC";
  std::string reference = "topocentric";
};

struct EventDm {
  double value_pc_cm3 = 0.0;
  std::optional<double> unc_pc_cm3;         ///< One sigma.
  std::optional<double> trial_step_pc_cm3;  ///< Between the plan's trials there.
  double k_dm_mhz2_s = 0.0;                 ///< The constant all times and DMs here rest on.
};

struct EventSignal {
  double snr = 0.0;
  double width_ms = 0.0;  ///< Of the best boxcar.
  std::uint32_t width_samples = 1;
  std::uint32_t members = 1;          ///< Detections in the cluster.
  std::optional<double> freq_lo_mhz;  ///< Lower edge of the band searched.
  std::optional<double> freq_hi_mhz;  ///< Upper edge of the band searched.
};

/// What the networks made of it; everything empty and "unjudged" where none looked.
struct EventClassifier {
  std::optional<std::string> name;
  std::optional<std::string> version;
  std::optional<std::string> model_sha256;
  std::optional<double> detector_score;    ///< 0 to 1.
  std::optional<double> classifier_score;  ///< 0 to 1.
  std::optional<double> threshold;         ///< Of the probability, 0 to 1.
  std::string label = "unjudged";          ///< "burst", "interference", "unjudged".
  std::optional<std::string> device;       ///< "cpu", "cuda:0".
  std::optional<double> probability;       ///< That it is a burst, by both networks: 0 to 1.
};

struct EventPosition {
  std::optional<double> ra_deg;       ///< ICRS.
  std::optional<double> dec_deg;      ///< ICRS.
  std::optional<std::string> source;  ///< "header", "pointing", "config".
};

/// The same signal in another beam, weaker.
struct EventSighting {
  int index = 0;  ///< Of that beam.
  double snr = 0.0;
  double dm_pc_cm3 = 0.0;
  double width_ms = 0.0;
  UtcInstant toa;  ///< At the centre of that beam's highest channel.
};

struct EventBeam {
  std::optional<int> index;
  std::optional<std::string> id;
  /// Beams that saw it, of several that were searched together; empty: one beam was by itself.
  std::optional<std::uint32_t> seen_in;
  std::vector<EventSighting> others;  ///< They are no events of their own; only with `seen_in`.
};

struct EventObservation {
  std::optional<std::string> telescope;
  std::optional<std::string> backend;
  std::optional<std::string> source_name;
  std::uint64_t nchan = 0;
  int nbit = 0;  ///< As recorded.
  int npol = 0;  ///< As recorded, before Stokes I was made.
  double tsamp_us = 0.0;
  double fch1_mhz = 0.0;           ///< Centre of channel 0.
  std::optional<double> foff_mhz;  ///< Signed step, the mean one where channels are tabled.
  double bw_mhz = 0.0;             ///< From edge to edge.
  double centre_freq_mhz = 0.0;
};

struct EventQuality {
  double frac_missing = 0.0;  ///< 0 to 1, of the samples along the sweep.
  double frac_masked = 0.0;   ///< 0 to 1, of the samples along the sweep.
  bool gap_within_event = false;
  bool overrun = false;
};

struct EventInjection {
  bool is_injection = false;
  std::optional<std::string> injection_id;
};

/// How long each step took for this event [ms]; empty where nobody measured.
struct EventLatency {
  std::optional<double> ingest, condition, dedisperse, search, infer, publish, total;
};

/// A file that belongs to the event.
struct EventProduct {
  std::string kind;  ///< "cutout", "plot", ...
  std::string uri;
  std::optional<std::uint64_t> bytes;
  std::optional<std::string> sha256;
  /// "complete", "truncated", "pending", "missed" (it was not there to be kept), "failed".
  std::string status = "pending";
  std::optional<std::string> reason{};  ///< One sentence where it is not as it should be.
};

/// A binary frame that follows the JSON in the same message.
struct EventAttachment {
  int frame = 2;  ///< Counted from the topic, which is 0.
  std::string name;
  std::string dtype;  ///< As NumPy writes it: "<f4".
  std::vector<std::uint64_t> shape;
  std::vector<std::string> axes;  ///< One a dimension.
};

struct EventSoftware {
  std::string name = "draftstream";
  std::string version;
  std::optional<std::string> commit;
  std::optional<std::string> config_sha256;
};

/// One message about one burst. Unknown is empty, never 0.
struct Event {
  MessageType message_type = MessageType::event;  ///< candidate, event, update or retraction.
  std::string event_id;   ///< "<site>-<YYYYMMDDTHHMMSS.ffffff>-b<beam>-<nnnn>"; all revisions.
                          ///< Of the prompt search with "-p" behind it.
  std::string uuid;       ///< RFC 4122, of this message.
  int revision = 1;       ///< From 1.
  std::string publisher;  ///< "site/instrument/instance".
  std::string session;    ///< UUID of the process that numbers.
  std::string journal;    ///< UUID of the journal that it numbers in; "" where there is none.
  std::uint64_t seq = 0;  ///< In the journal, else in the session: 1, 2, 3, ... without holes.
  AlertType alert_type = AlertType::initial;
  AlertTense alert_tense = AlertTense::archival;
  SearchKind search = SearchKind::full;
  std::vector<std::string> confirms;             ///< Alerts of the prompt search: their event_id.
  std::optional<std::string> retraction_reason;  ///< One sentence; of a retraction.
  UtcInstant created;
  EventTime time;
  EventDm dm;
  EventSignal signal;
  EventClassifier classifier;
  EventPosition position;
  EventBeam beam;
  EventObservation observation;
  EventQuality quality;
  EventInjection injection;
  EventLatency latency_ms;
  std::vector<EventProduct> products;
  std::vector<EventAttachment> attachments;
  EventSoftware software;
};

/// One line of JSON without line breaks, fields in the order of docs/interfaces/events.md, numbers
/// with as many digits as bring back the same double.
/// @throws std::invalid_argument naming a field that must be a number and is NaN or infinite.
std::string to_json(const Event& event);

/// The inverse, for text from anyone. Fields that are not known are passed over; optional fields
/// may be null or absent.
/// @throws InputError naming the field (or the byte, where it is not JSON), what was found there
/// and
///         what was expected.
Event parse_event(std::string_view json);

}  // namespace draftstream
