#include "publishers/gateways/tns_report.hpp"

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "publishers/append_file.hpp"
#include "publishers/gateways/event_sentence.hpp"
#include "publishers/json_fields.hpp"

namespace draftstream {
namespace {

// Numbers of TNS's own lists.
constexpr const char* type_frb = "5";
constexpr const char* unit_pc_cm3 = "25";
constexpr const char* unit_ms = "23";
constexpr const char* unit_mhz = "24";
constexpr double arcseconds = 3600.0;  // [degree^-1]

// "2018-04-17 13:18:31.123456789"
std::string tns_time(const UtcInstant& instant) {
  std::string text = format_iso8601(instant);
  text[10] = ' ';
  text.pop_back();
  return text;
}

OrderedJson coordinate(double value_deg, const std::optional<double>& error_deg) {
  OrderedJson json{{"value", fmt::format("{}", value_deg)}};
  if (!error_deg) return json;
  json["error"] = fmt::format("{}", *error_deg * arcseconds);
  json["units"] = "arcsec";
  return json;
}

void add_id(OrderedJson& json, const char* key, const std::optional<std::uint64_t>& id) {
  if (id) json[key] = fmt::format("{}", *id);
}

OrderedJson photometry(const Event& event, const TnsOptions& options) {
  OrderedJson one{{"obsdate", tns_time(event.time.toa)},
                  {"snr", event.signal.snr},
                  {"burst_width", event.signal.width_ms},
                  {"burst_width_unitid", unit_ms},
                  {"ref_freq", event.observation.centre_freq_mhz},
                  {"ref_freq_unitid", unit_mhz},
                  {"inst_bandwidth", event.observation.bw_mhz},
                  {"inst_bandwidth_unitid", unit_mhz},
                  {"channels_no", event.observation.nchan},
                  {"sampling_time", event.observation.tsamp_us / 1e3},
                  {"sampling_time_unitid", unit_ms}};
  add_id(one, "instrument_value", options.instrument_id);
  return {{"photometry_group", {{"0", one}}}};
}

}  // namespace

std::string tns_report(const OutgoingEvent& outgoing, const TnsOptions& options) {
  const Event& event = outgoing.event;
  const EventPosition& position = event.position;
  if (!position.ra_deg || !position.dec_deg) {
    throw InputError("position", "none", "ra_deg and dec_deg: TNS takes no report without");
  }
  OrderedJson report{{"ra", coordinate(*position.ra_deg, options.position_error_deg)},
                     {"dec", coordinate(*position.dec_deg, options.position_error_deg)}};
  add_id(report, "reporting_groupid", options.reporting_group_id);
  add_id(report, "groupid", options.discovery_group_id);
  report["internal_name"] = event.event_id;
  report["at_type"] = type_frb;
  report["reporter"] = options.reporter;
  report["discovery_datetime"] = tns_time(event.time.toa);
  report["dm"] = event.dm.value_pc_cm3;
  if (event.dm.unc_pc_cm3) report["dm_err"] = *event.dm.unc_pc_cm3;
  report["dm_unitid"] = unit_pc_cm3;
  report["remarks"] = describe(outgoing);
  report["photometry"] = photometry(event, options);
  return OrderedJson{{"frb_report", {{"0", report}}}}.dump(2, ' ', false,
                                                           OrderedJson::error_handler_t::replace) +
         "\n";
}

Delivery TnsFiles::deliver(const OutgoingEvent& outgoing) {
  const Event& event = outgoing.event;
  if (event.event_id.find('/') != std::string::npos) {
    return Delivery::refused("its name holds a '/', which no file's can");
  }
  const auto file = options_.folder / (event.event_id + ".json");
  std::filesystem::create_directories(options_.folder);
  if (event.alert_type == AlertType::retraction) {
    if (std::filesystem::exists(file)) {  // a person may have moved it
      std::filesystem::rename(file, options_.folder / (event.event_id + ".retracted.json"));
    }
    return Delivery::delivered();
  }
  try {
    write_atomically(file, tns_report(outgoing, options_));
  } catch (const InputError& error) {
    return Delivery::refused(error.what());
  }
  return Delivery::delivered();
}

}  // namespace draftstream
