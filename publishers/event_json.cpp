// The JSON of an event, both ways.
#include <algorithm>
#include <limits>

#include "publishers/event.hpp"
#include "publishers/json_fields.hpp"
#include "publishers/product_json.hpp"

namespace draftstream {
namespace {

OrderedJson time_json(const EventTime& time) {
  return {{"toa_utc", format_iso8601(time.toa)},
          {"toa_unc_s", or_null(time.toa_unc_s)},
          {"toa_ref_freq_mhz", required_number(time.toa_ref_freq_mhz, "time.toa_ref_freq_mhz")},
          {"toa_inf_utc", format_iso8601(time.toa_inf)},
          {"toa_s", required_number(time.toa_s, "time.toa_s")},
          {"sample_index", time.sample_index},
          {"obs_id", time.obs_id},
          {"obs_start_utc", format_iso8601(time.obs_start)},
          {"scale", time.scale},
          {"reference", time.reference}};
}

EventTime time_from(const FieldReader& fields) {
  EventTime time;
  time.toa = fields.instant("toa_utc");
  time.toa_unc_s = fields.maybe_number("toa_unc_s");
  time.toa_ref_freq_mhz = fields.number("toa_ref_freq_mhz");
  time.toa_inf = fields.instant("toa_inf_utc");
  time.toa_s = fields.number("toa_s");
  time.sample_index = fields.count("sample_index");
  time.obs_id = fields.text("obs_id");
  time.obs_start = fields.instant("obs_start_utc");
  time.scale = fields.text("scale");
  time.reference = fields.text("reference");
  return time;
}

OrderedJson dm_json(const EventDm& dm) {
  return {{"value_pc_cm3", required_number(dm.value_pc_cm3, "dm.value_pc_cm3")},
          {"unc_pc_cm3", or_null(dm.unc_pc_cm3)},
          {"trial_step_pc_cm3", or_null(dm.trial_step_pc_cm3)},
          {"k_dm_mhz2_s", required_number(dm.k_dm_mhz2_s, "dm.k_dm_mhz2_s")}};
}

EventDm dm_from(const FieldReader& fields) {
  return {fields.number("value_pc_cm3"), fields.maybe_number("unc_pc_cm3"),
          fields.maybe_number("trial_step_pc_cm3"), fields.number("k_dm_mhz2_s")};
}

constexpr std::uint64_t largest_u32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t largest_int = std::numeric_limits<int>::max();

OrderedJson signal_json(const EventSignal& signal) {
  return {{"snr", required_number(signal.snr, "signal.snr")},
          {"width_ms", required_number(signal.width_ms, "signal.width_ms")},
          {"width_samples", signal.width_samples},
          {"members", signal.members},
          {"freq_lo_mhz", or_null(signal.freq_lo_mhz)},
          {"freq_hi_mhz", or_null(signal.freq_hi_mhz)}};
}

EventSignal signal_from(const FieldReader& fields) {
  return {fields.number("snr"),
          fields.number("width_ms"),
          static_cast<std::uint32_t>(fields.count("width_samples", 1, largest_u32)),
          static_cast<std::uint32_t>(fields.count("members", 1, largest_u32)),
          fields.maybe_number("freq_lo_mhz"),
          fields.maybe_number("freq_hi_mhz")};
}

OrderedJson classifier_json(const EventClassifier& classifier) {
  OrderedJson json{{"name", or_null(classifier.name)},
                   {"version", or_null(classifier.version)},
                   {"model_sha256", or_null(classifier.model_sha256)},
                   {"detector_score", or_null(classifier.detector_score)},
                   {"classifier_score", or_null(classifier.classifier_score)},
                   {"threshold", or_null(classifier.threshold)},
                   {"label", classifier.label},
                   {"device", or_null(classifier.device)}};
  if (classifier.probability) json["probability"] = or_null(classifier.probability);
  return json;
}

EventClassifier classifier_from(const FieldReader& fields) {
  return {fields.maybe_text("name"),
          fields.maybe_text("version"),
          fields.maybe_text("model_sha256"),
          fields.maybe_number("detector_score"),
          fields.maybe_number("classifier_score"),
          fields.maybe_number("threshold"),
          fields.text("label"),
          fields.maybe_text("device"),
          fields.maybe_number("probability")};
}

OrderedJson beam_json(const EventBeam& beam) {
  OrderedJson json{{"index", or_null(beam.index)}, {"id", or_null(beam.id)}};
  if (!beam.seen_in) return json;
  OrderedJson others = OrderedJson::array();
  for (const auto& other : beam.others) {
    others.push_back({{"index", other.index},
                      {"snr", required_number(other.snr, "beam.others.snr")},
                      {"dm_pc_cm3", required_number(other.dm_pc_cm3, "beam.others.dm_pc_cm3")},
                      {"width_ms", required_number(other.width_ms, "beam.others.width_ms")},
                      {"toa_utc", format_iso8601(other.toa)}});
  }
  json["seen_in"] = *beam.seen_in;
  json["others"] = others;
  return json;
}

EventBeam beam_from(const FieldReader& fields) {
  EventBeam beam;
  if (const auto index = fields.maybe_count("index", largest_int)) {
    beam.index = static_cast<int>(*index);
  }
  beam.id = fields.maybe_text("id");
  if (const auto beams = fields.maybe_count("seen_in", largest_u32)) {
    beam.seen_in = static_cast<std::uint32_t>(*beams);
  }
  for (const auto& other : fields.maybe_objects("others")) {
    beam.others.push_back({static_cast<int>(other.count("index", 0, largest_int)),
                           other.number("snr"), other.number("dm_pc_cm3"), other.number("width_ms"),
                           other.instant("toa_utc")});
  }
  return beam;
}

OrderedJson observation_json(const EventObservation& observation) {
  return {{"telescope", or_null(observation.telescope)},
          {"backend", or_null(observation.backend)},
          {"source_name", or_null(observation.source_name)},
          {"nchan", observation.nchan},
          {"nbit", observation.nbit},
          {"npol", observation.npol},
          {"tsamp_us", required_number(observation.tsamp_us, "observation.tsamp_us")},
          {"fch1_mhz", required_number(observation.fch1_mhz, "observation.fch1_mhz")},
          {"foff_mhz", or_null(observation.foff_mhz)},
          {"bw_mhz", required_number(observation.bw_mhz, "observation.bw_mhz")},
          {"centre_freq_mhz",
           required_number(observation.centre_freq_mhz, "observation.centre_freq_mhz")}};
}

EventObservation observation_from(const FieldReader& fields) {
  EventObservation observation;
  observation.telescope = fields.maybe_text("telescope");
  observation.backend = fields.maybe_text("backend");
  observation.source_name = fields.maybe_text("source_name");
  observation.nchan = fields.count("nchan", 1);
  observation.nbit = static_cast<int>(fields.count("nbit", 1, largest_int));
  observation.npol = static_cast<int>(fields.count("npol", 1, largest_int));
  observation.tsamp_us = fields.number("tsamp_us");
  observation.fch1_mhz = fields.number("fch1_mhz");
  observation.foff_mhz = fields.maybe_number("foff_mhz");
  observation.bw_mhz = fields.number("bw_mhz");
  observation.centre_freq_mhz = fields.number("centre_freq_mhz");
  return observation;
}

OrderedJson quality_json(const EventQuality& quality) {
  return {{"frac_missing", required_number(quality.frac_missing, "quality.frac_missing")},
          {"frac_masked", required_number(quality.frac_masked, "quality.frac_masked")},
          {"gap_within_event", quality.gap_within_event},
          {"overrun", quality.overrun}};
}

// Names and members of the latency, in the order of publication.
struct LatencyField {
  const char* name;
  std::optional<double> EventLatency::*member;
};
constexpr LatencyField latency_fields[] = {{"ingest", &EventLatency::ingest},
                                           {"condition", &EventLatency::condition},
                                           {"dedisperse", &EventLatency::dedisperse},
                                           {"search", &EventLatency::search},
                                           {"infer", &EventLatency::infer},
                                           {"publish", &EventLatency::publish},
                                           {"total", &EventLatency::total}};

OrderedJson latency_json(const EventLatency& latency) {
  OrderedJson json = OrderedJson::object();
  for (const auto& field : latency_fields) json[field.name] = or_null(latency.*field.member);
  return json;
}

EventLatency latency_from(const FieldReader& fields) {
  EventLatency latency;
  for (const auto& field : latency_fields) latency.*field.member = fields.maybe_number(field.name);
  return latency;
}

OrderedJson attachments_json(const std::vector<EventAttachment>& attachments) {
  OrderedJson json = OrderedJson::array();
  for (const auto& attachment : attachments) {
    json.push_back({{"frame", attachment.frame},
                    {"name", attachment.name},
                    {"dtype", attachment.dtype},
                    {"shape", attachment.shape},
                    {"axes", attachment.axes}});
  }
  return json;
}

std::vector<EventAttachment> attachments_from(const FieldReader& message) {
  std::vector<EventAttachment> attachments;
  for (const auto& fields : message.maybe_objects("attachments")) {
    attachments.push_back({static_cast<int>(fields.count("frame", 2, largest_int)),
                           fields.text("name"), fields.text("dtype"), fields.counts("shape"),
                           fields.texts("axes")});
  }
  return attachments;
}

OrderedJson retraction_json(const Event& event) {
  return {{"reason", or_null(event.retraction_reason)}};
}

OrderedJson software_json(const EventSoftware& software) {
  return {{"name", software.name},
          {"version", software.version},
          {"commit", or_null(software.commit)},
          {"config_sha256", or_null(software.config_sha256)}};
}

}  // namespace

std::string to_json(const Event& event) {
  OrderedJson json{{"schema", event_schema},
                   {"message_type", name(event.message_type)},
                   {"event_id", event.event_id},
                   {"uuid", event.uuid},
                   {"revision", event.revision},
                   {"publisher", event.publisher},
                   {"session", event.session},
                   {"journal", event.journal},
                   {"seq", event.seq},
                   {"alert_type", name(event.alert_type)},
                   {"alert_tense", name(event.alert_tense)},
                   {"search", name(event.search)},
                   {"confirms", event.confirms},
                   {"retraction", retraction_json(event)},
                   {"created_utc", format_iso8601(event.created)},
                   {"time", time_json(event.time)},
                   {"dm", dm_json(event.dm)},
                   {"signal", signal_json(event.signal)},
                   {"classifier", classifier_json(event.classifier)},
                   {"position",
                    {{"ra_deg", or_null(event.position.ra_deg)},
                     {"dec_deg", or_null(event.position.dec_deg)},
                     {"source", or_null(event.position.source)}}},
                   {"beam", beam_json(event.beam)},
                   {"observation", observation_json(event.observation)},
                   {"quality", quality_json(event.quality)},
                   {"injection",
                    {{"is_injection", event.injection.is_injection},
                     {"injection_id", or_null(event.injection.injection_id)}}},
                   {"latency_ms", latency_json(event.latency_ms)},
                   {"products", products_json(event.products)},
                   {"attachments", attachments_json(event.attachments)},
                   {"software", software_json(event.software)}};
  if (event.journal.empty()) json.erase("journal");
  if (event.search == SearchKind::full) json.erase("search");
  if (event.confirms.empty()) json.erase("confirms");
  if (!event.retraction_reason) json.erase("retraction");
  return one_line(json);
}

Event parse_event(std::string_view json) {
  const nlohmann::json parsed = parse_object(json);
  const FieldReader message{parsed};
  check_schema(message);

  Event event;
  // The enumerations begin with the names accepted here, in the same order.
  event.message_type = static_cast<MessageType>(
      message.one_of("message_type", {"candidate", "event", "update", "retraction"}));
  event.event_id = message.text("event_id");
  event.uuid = message.text("uuid");
  event.revision = static_cast<int>(message.count("revision", 1, largest_int));
  event.publisher = message.text("publisher");
  event.session = message.text("session");
  event.journal = message.maybe_text("journal").value_or("");
  event.seq = message.count("seq", 1);
  event.alert_type =
      static_cast<AlertType>(message.one_of("alert_type", {"initial", "update", "retraction"}));
  event.alert_tense = static_cast<AlertTense>(
      message.one_of("alert_tense", {"current", "archival", "test", "injection"}));
  if (message.maybe_text("search")) {
    event.search = static_cast<SearchKind>(message.one_of("search", {"full", "prompt"}));
  }
  event.confirms = message.maybe_texts("confirms");
  if (const auto retraction = message.maybe_object("retraction")) {
    event.retraction_reason = retraction->text("reason");
  }
  event.created = message.instant("created_utc");
  event.time = time_from(message.object("time"));
  event.dm = dm_from(message.object("dm"));
  event.signal = signal_from(message.object("signal"));
  event.classifier = classifier_from(message.object("classifier"));
  const FieldReader position = message.object("position");
  event.position = {position.maybe_number("ra_deg"), position.maybe_number("dec_deg"),
                    position.maybe_text("source")};
  event.beam = beam_from(message.object("beam"));
  event.observation = observation_from(message.object("observation"));
  const FieldReader quality = message.object("quality");
  event.quality = {quality.number("frac_missing"), quality.number("frac_masked"),
                   quality.truth("gap_within_event"), quality.truth("overrun")};
  const FieldReader injection = message.object("injection");
  event.injection = {injection.truth("is_injection"), injection.maybe_text("injection_id")};
  event.latency_ms = latency_from(message.object("latency_ms"));
  event.products = products_from(message);
  event.attachments = attachments_from(message);
  const FieldReader software = message.object("software");
  event.software = {software.text("name"), software.text("version"), software.maybe_text("commit"),
                    software.maybe_text("config_sha256")};
  return event;
}

}  // namespace draftstream
