#include "publishers/gateways/voevent_document.hpp"

#include <fmt/format.h>

#include <pugixml.hpp>
#include <sstream>
#include <string_view>

#include "publishers/gateways/event_sentence.hpp"
#include "publishers/gateways/sky.hpp"

namespace draftstream {
namespace {

using pugi::xml_node;

constexpr const char* system_id = "UTC-ICRS-TOPO";

// What XML cannot hold.
std::string printable(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  for (const char* none : {"\xef\xbf\xbe", "\xef\xbf\xbf"}) {  // U+FFFE, U+FFFF
    for (auto at = text.find(none); at != std::string::npos; at = text.find(none, at)) {
      text.replace(at, 3, "?");
    }
  }
  return text;
}

xml_node add(xml_node parent, const char* name) {
  return parent.append_child(name);
}

xml_node add_text(xml_node parent, const char* name, const std::string& text) {
  xml_node child = add(parent, name);
  child.text().set(printable(text).c_str());
  return child;
}

void set(xml_node node, const char* name, const std::string& value) {
  node.append_attribute(name).set_value(printable(value).c_str());
}

// Names, units and UCDs are those of the templates of the FRB standard.
struct Parameter {
  const char* name;
  const char* ucd;   // "" = none
  const char* unit;  // "" = none
};

void add_value(xml_node group, const Parameter& parameter, const char* type,
               const std::string& value) {
  xml_node node = add(group, "Param");
  set(node, "name", parameter.name);
  if (*type != '\0') set(node, "dataType", type);
  if (*parameter.ucd != '\0') set(node, "ucd", parameter.ucd);
  if (*parameter.unit != '\0') set(node, "unit", parameter.unit);
  set(node, "value", value);
}

void add_number(xml_node group, const Parameter& parameter, const std::optional<double>& value) {
  if (value) add_value(group, parameter, "float", fmt::format("{}", *value));
}

void add_count(xml_node group, const Parameter& parameter, std::uint64_t value) {
  add_value(group, parameter, "int", fmt::format("{}", value));
}

void add_word(xml_node group, const Parameter& parameter, const std::optional<std::string>& value) {
  if (value) add_value(group, parameter, "", *value);
}

xml_node add_group(xml_node what, const char* name) {
  xml_node group = add(what, "Group");
  set(group, "name", name);
  return group;
}

void add_observatory(xml_node what, const Event& event, const VoeventAuthor& author) {
  const EventObservation& seen = event.observation;
  xml_node group = add_group(what, "observatory parameters");
  // The standard's unit of arc minutes is "MM".
  add_number(group,
             {"beam_semi-major_axis", "instr.beam;pos.errorEllipse;phys.angSize.smajAxis", "MM"},
             author.beam_semi_major_arcmin);
  add_number(group,
             {"beam_semi-minor_axis", "instr.beam;pos.errorEllipse;phys.angSize.sminAxis", "MM"},
             author.beam_semi_minor_arcmin);
  add_number(group, {"beam_rotation_angle", "instr.beam;pos.errorEllipse;instr.offset", "Degrees"},
             author.beam_rotation_deg);
  add_number(group, {"sampling_time", "time.resolution", "ms"}, seen.tsamp_us / 1e3);
  add_number(group, {"bandwidth", "instr.bandwidth", "MHz"}, seen.bw_mhz);
  add_count(group, {"nchan", "meta.number;em.freq;em.bin", "None"}, seen.nchan);
  add_number(group, {"centre_frequency", "em.freq;instr", "MHz"}, seen.centre_freq_mhz);
  add_count(group, {"npol", "", "None"}, static_cast<std::uint64_t>(seen.npol));
  add_count(group, {"bits_per_sample", "", "None"}, static_cast<std::uint64_t>(seen.nbit));
  add_number(group, {"gain", "", "K/Jy"}, author.gain_k_jy);
  add_number(group, {"tsys", "phot.antennaTemp", "K"}, author.tsys_k);
  add_word(group, {"backend", "", ""}, seen.backend);
  if (event.beam.index) add_word(group, {"beam", "", ""}, fmt::format("{}", *event.beam.index));
}

void add_event(xml_node what, const Event& event) {
  xml_node group = add_group(what, "event parameters");
  add_number(group, {"dm", "phys.dispMeasure", "pc/cm^3"}, event.dm.value_pc_cm3);
  add_number(group, {"dm_error", "stat.error;phys.dispMeasure", "pc/cm^3"}, event.dm.unc_pc_cm3);
  add_number(group, {"width", "time.duration;src.var.pulse", "ms"}, event.signal.width_ms);
  add_number(group, {"snr", "stat.snr", ""}, event.signal.snr);
  const EventPosition& position = event.position;
  if (!position.ra_deg || !position.dec_deg) return;
  const GalacticDirection galactic = galactic_of(*position.ra_deg, *position.dec_deg);
  add_number(group, {"gl", "pos.galactic.lon", "Degrees"}, galactic.gl_deg);
  add_number(group, {"gb", "pos.galactic.lat", "Degrees"}, galactic.gb_deg);
}

// What the standard has no names for.
void add_ours(xml_node what, const OutgoingEvent& outgoing) {
  const Event& event = outgoing.event;
  xml_node group = add_group(what, "draftstream");
  add_word(group, {"event_id", "meta.id", ""}, event.event_id);
  add_count(group, {"revision", "meta.version", ""}, static_cast<std::uint64_t>(event.revision));
  add_word(group, {"search", "", ""}, std::string{name(event.search)});
  add_word(group, {"alert_tense", "", ""}, std::string{name(event.alert_tense)});
  add_number(group, {"toa_ref_freq_mhz", "em.freq", "MHz"}, event.time.toa_ref_freq_mhz);
  add_word(group, {"toa_inf_utc", "time.epoch", ""}, format_iso8601(event.time.toa_inf));
  add_word(group, {"label", "meta.code.class", ""}, event.classifier.label);
  add_number(group, {"probability", "stat.probability", ""}, event.classifier.probability);
  if (!outgoing.known_source.empty()) {
    add_word(group, {"known_source", "meta.id.assoc", ""}, outgoing.known_source);
  }
}

// ISO 8601 as VOEvents have it: UTC, without Z.
std::string voevent_time(const UtcInstant& instant) {
  std::string text = format_iso8601(instant);
  text.pop_back();
  return text;
}

void add_where_when(xml_node root, const Event& event, const VoeventAuthor& author) {
  xml_node location = add(add(root, "WhereWhen"), "ObsDataLocation");
  set(add(location, "ObservatoryLocation"), "id", event.observation.telescope.value_or("unknown"));
  xml_node seen = add(location, "ObservationLocation");
  set(add(seen, "AstroCoordSystem"), "id", system_id);
  xml_node coordinates = add(seen, "AstroCoords");
  set(coordinates, "coord_system_id", system_id);
  xml_node time = add(coordinates, "Time");
  set(time, "unit", "s");
  add_text(add(time, "TimeInstant"), "ISOTime", voevent_time(event.time.toa));
  if (event.time.toa_unc_s) add_text(time, "Error", fmt::format("{}", *event.time.toa_unc_s));
  const EventPosition& position = event.position;
  if (!position.ra_deg || !position.dec_deg || !author.position_error_deg) return;
  xml_node place = add(coordinates, "Position2D");
  set(place, "unit", "deg");
  add_text(place, "Name1", "RA");
  add_text(place, "Name2", "Dec");
  xml_node values = add(place, "Value2");
  add_text(values, "C1", fmt::format("{}", *position.ra_deg));
  add_text(values, "C2", fmt::format("{}", *position.dec_deg));
  add_text(place, "Error2Radius", fmt::format("{}", *author.position_error_deg));
}

// "FRB180417"
std::string frb_name(const Event& event) {
  const std::string day = format_iso8601(event.time.toa);
  return fmt::format("FRB{}{}{}", day.substr(2, 2), day.substr(5, 2), day.substr(8, 2));
}

void add_why(xml_node root, const OutgoingEvent& outgoing) {
  const Event& event = outgoing.event;
  xml_node why = add(root, "Why");
  if (event.alert_type == AlertType::retraction) {
    set(why, "importance", "0");
  } else if (event.classifier.probability) {
    set(why, "importance", fmt::format("{}", *event.classifier.probability));
  }
  add_text(why, "Concept", "process.variation.burst;em.radio");
  add_text(why, "Description",
           fmt::format("Importance is the probability that networks gave. {}", describe(outgoing)));
  add_text(why, "Name", frb_name(event));
}

void add_citations(xml_node root, const OutgoingEvent& outgoing, const VoeventAuthor& author) {
  if (outgoing.follows.empty()) return;
  const bool is_retraction = outgoing.event.alert_type == AlertType::retraction;
  xml_node citations = add(root, "Citations");
  for (const SentMessage& cited : outgoing.follows) {
    xml_node node = add_text(citations, "EventIVORN", ivorn_of(author, cited));
    set(node, "cite", is_retraction ? "retraction" : "supersedes");
  }
  if (!is_retraction) return;
  add_text(citations, "Description", outgoing.event.retraction_reason.value_or("no burst"));
}

}  // namespace

std::string ivorn_of(const VoeventAuthor& author, const SentMessage& message) {
  return fmt::format("{}#{}/{}", author.ivorn, message.event_id, message.revision);
}

std::string voevent_document(const OutgoingEvent& outgoing, const VoeventAuthor& author) {
  const Event& event = outgoing.event;
  pugi::xml_document document;
  xml_node root = document.append_child("voe:VOEvent");
  set(root, "xmlns:voe", "http://www.ivoa.net/xml/VOEvent/v2.0");
  set(root, "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
  set(root, "xsi:schemaLocation",
      "http://www.ivoa.net/xml/VOEvent/v2.0 http://www.ivoa.net/xml/VOEvent/VOEvent-v2.0.xsd");
  set(root, "version", "2.0");
  set(root, "role", "observation");
  set(root, "ivorn", ivorn_of(author, {event.event_id, event.revision}));

  xml_node who = add(root, "Who");
  add_text(who, "AuthorIVORN", author.ivorn);
  add_text(who, "Date", voevent_time(event.created));
  if (!author.contact_name.empty() || !author.contact_email.empty()) {
    xml_node contact = add(who, "Author");
    if (!author.contact_email.empty()) add_text(contact, "contactEmail", author.contact_email);
    if (!author.contact_name.empty()) add_text(contact, "contactName", author.contact_name);
  }
  xml_node what = add(root, "What");
  add_observatory(what, event, author);
  add_event(what, event);
  add_ours(what, outgoing);
  add_where_when(root, event, author);
  add_why(root, outgoing);
  add_citations(root, outgoing, author);

  std::ostringstream text;
  document.save(text, " ", pugi::format_default, pugi::encoding_utf8);
  return text.str();
}

}  // namespace draftstream
