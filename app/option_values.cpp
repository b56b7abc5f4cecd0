#include "app/option_values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "ingest/nearest.hpp"
#include "ingest/parse_value.hpp"

namespace draftstream {

std::string text(double value) {
  return fmt::format("{}", value);
}
std::string text(bool value) {
  return value ? "true" : "false";
}

std::string text_in_ms(Seconds value) {
  std::string shortest;
  for (int digits = 1; digits <= 17; ++digits) {
    shortest = fmt::format("{:.{}g}", value.value() * 1e3, digits);
    if (std::strtod(shortest.c_str(), nullptr) / 1e3 == value.value()) break;
  }
  return shortest;
}

ZeroDm parse_zero_dm(const std::string& value) {
  for (const ZeroDm filter : {ZeroDm::off, ZeroDm::plain, ZeroDm::zdot}) {
    if (value == name(filter)) return filter;
  }
  throw BadValue(value, "off, plain or zdot");
}

PlotChoice parse_plots(const std::string& value) {
  for (const PlotChoice choice : {PlotChoice::none, PlotChoice::candidates, PlotChoice::all}) {
    if (value == name(choice)) return choice;
  }
  throw BadValue(value, "none, candidates or all");
}

ShedStep parse_shed_step(const std::string& value) {
  for (const ShedStep step : {ShedStep::networks, ShedStep::octave, ShedStep::blocks}) {
    if (value == name(step)) return step;
  }
  throw BadValue(value, "networks, octave or blocks");
}

std::string parse_name(const std::string& value) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  if (value.empty() || value.size() > 32 || !std::all_of(value.begin(), value.end(), allowed)) {
    throw BadValue(value, "1 to 32 letters, digits, - and _");
  }
  return value;
}

std::chrono::milliseconds parse_ms(const std::string& value, std::uint64_t low) {
  return std::chrono::milliseconds{parse_count(value, low, 86'400'000)};
}

std::string parse_choice(const std::string& value, std::span<const std::string_view> known,
                         const std::string& expected) {
  if (std::find(known.begin(), known.end(), value) == known.end()) throw BadValue(value, expected);
  return value;
}

std::vector<CandidateFormat> parse_formats(std::span<const std::string> values) {
  std::array<std::string_view, candidate_formats.size()> known;
  std::ranges::transform(candidate_formats, known.begin(),
                         [](CandidateFormat format) { return name(format); });
  std::vector<CandidateFormat> formats;
  for (const std::string& value : values) {
    for (std::size_t begin = 0; begin <= value.size();) {
      const std::size_t end = std::min(value.find(',', begin), value.size());
      const std::string one = value.substr(begin, end - begin);
      const auto format = candidate_format(one);
      if (!format) {
        throw BadValue(one, fmt::format("one of {}; the nearest one is {}", fmt::join(known, ", "),
                                        nearest(one, known)));
      }
      if (std::ranges::find(formats, *format) == formats.end()) formats.push_back(*format);
      begin = end + 1;
    }
  }
  return formats;
}

std::pair<double, double> parse_range(const std::string& value, double low, double high) {
  const auto range = parse_pair(value, low, high);
  if (range.first > range.second) throw BadValue(value, "the smaller one first");
  return range;
}

}  // namespace draftstream
