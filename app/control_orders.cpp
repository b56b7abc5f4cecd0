#include "app/control_orders.hpp"

#include <fmt/format.h>

#include <limits>
#include <string>
#include <vector>

#include "publishers/iso8601.hpp"

namespace draftstream {
namespace {

constexpr double longest_s = 1e9;

std::optional<int> beam_in(const ControlJson& request) {
  if (!request.contains("beam")) return std::nullopt;
  const ControlJson& beam = request["beam"];
  const bool fits =
      beam.is_number_unsigned() && beam.get<std::uint64_t>() <= std::numeric_limits<int>::max();
  if (!fits) throw refused("beam", shown(beam), "the number of a beam");
  return beam.get<int>();
}

DumpEdge sample_in(const ControlJson& request, const std::string& field) {
  if (!request[field].is_number_unsigned()) {
    throw refused(field, shown(request[field]), "a sample, counted from 0");
  }
  return request[field].get<std::uint64_t>();
}

DumpEdge instant_in(const ControlJson& request, const std::string& field) {
  constexpr const char* expected = "UTC as \"2023-02-25T00:00:10.5Z\"";
  const auto instant = parse_iso8601(text_of(request, field.c_str(), expected));
  if (!instant) throw refused(field, shown(request[field]), expected);
  return *instant;
}

DumpEdge seconds_in(const ControlJson& request, const std::string& field) {
  constexpr const char* expected = "seconds after now, negative before, at most 1e9";
  const double later = number_of(request, field.c_str(), expected);
  if (!(later >= -longest_s && later <= longest_s)) {
    throw refused(field, shown(request[field]), expected);
  }
  return Seconds{later};
}

// One of EDGE_sample, EDGE_utc and EDGE_s.
DumpEdge edge_in(const ControlJson& request, const std::string& edge) {
  std::vector<std::string> given;
  for (const char* unit : {"_sample", "_utc", "_s"}) {
    if (request.contains(edge + unit)) given.push_back(edge + unit);
  }
  if (given.size() != 1) {
    throw refused(edge, given.empty() ? "nothing" : fmt::format("{}", fmt::join(given, ", ")),
                  fmt::format("one of {0}_sample, {0}_utc and {0}_s", edge));
  }
  if (given.front().ends_with("_sample")) return sample_in(request, given.front());
  if (given.front().ends_with("_utc")) return instant_in(request, given.front());
  return seconds_in(request, given.front());
}

ControlJson beam_json(const std::optional<int>& beam) {
  return beam ? ControlJson(*beam) : ControlJson();
}

}  // namespace

DumpOrder parse_dump_order(const ControlJson& request) {
  check_fields(request,
               {"beam", "from_sample", "from_utc", "from_s", "to_sample", "to_utc", "to_s"});
  return {beam_in(request), edge_in(request, "from"), edge_in(request, "to")};
}

InjectionOrder parse_injection_order(const ControlJson& request) {
  check_fields(request, {"beam", "dm", "snr", "width_ms"});
  InjectionOrder order;
  order.beam = beam_in(request);
  order.burst.dm = DispersionMeasure{number_of(request, "dm", "a DM [pc cm^-3]")};
  order.burst.snr = number_of(request, "snr", "an S/N");
  order.burst.width = Seconds{number_of(request, "width_ms", "a width [ms]") / 1e3};
  return order;
}

void describe(const OrderedDump& dump, ControlJson& answer) {
  answer["uri"] = dump.uri;
  answer["beam"] = beam_json(dump.beam);
  answer["first_sample"] = dump.wanted.first;
  answer["end_sample"] = dump.wanted.end;
  answer["from_utc"] = format_iso8601(dump.from);
  answer["to_utc"] = format_iso8601(dump.to);
}

void describe(const OrderedInjection& injection, ControlJson& answer) {
  answer["injection_id"] = injection.id;
  answer["beam"] = beam_json(injection.beam);
  answer["toa_utc"] = format_iso8601(injection.toa_utc);
  answer["toa_s"] = injection.toa.value();
  answer["sample_index"] = injection.sample_index;
}

}  // namespace draftstream
