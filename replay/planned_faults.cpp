#include "replay/planned_faults.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/nearest.hpp"
#include "ingest/parse_value.hpp"

namespace draftstream {
namespace {

constexpr double longest_s = 1e6;

constexpr std::array<std::string_view, 11> known{
    "clock_jump", "corrupt", "cut",     "duplicate", "garble",      "loss",
    "loss_burst", "no_end",  "reorder", "stall",     "wrong_stream"};

// Two numbers with a mark between.
std::pair<double, double> parse_two(std::string_view text, char mark, const std::string& form,
                                    double lowest) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) throw BadValue(text, form);
  return {parse_number(text.substr(0, at), lowest, longest_s),
          parse_number(text.substr(at + 1), 0.0, longest_s)};
}

Moment parse_moment(std::string_view text, double lowest) {
  const auto [length, at] = parse_two(text, '@', "SECONDS@AT", lowest);
  return {Seconds{at}, Seconds{length}};
}

void set(PlannedFaults& faults, std::string_view name, std::string_view value) {
  const auto probability = [&] { return parse_number(value, 0.0, 1.0); };
  if (name == "loss") {
    faults.loss = probability();
  } else if (name == "duplicate") {
    faults.duplicate = probability();
  } else if (name == "corrupt") {
    faults.corrupt = probability();
  } else if (name == "cut") {
    faults.cut = probability();
  } else if (name == "garble") {
    faults.garble = probability();
  } else if (name == "wrong_stream") {
    faults.wrong_stream = probability();
  } else if (name == "reorder") {
    const auto colon = value.find(':');
    if (colon == std::string_view::npos) throw BadValue(value, "PROBABILITY:PACKETS");
    faults.reorder = parse_number(value.substr(0, colon), 0.0, 1.0);
    faults.reorder_by = parse_count(value.substr(colon + 1), 1, 1'000'000);
  } else if (name == "loss_burst") {
    const auto [length, every] = parse_two(value, '/', "SECONDS/EVERY", 0.0);
    if (!(every > length)) throw BadValue(value, "SECONDS/EVERY, the first below the second");
    faults.burst = Seconds{length};
    faults.burst_every = Seconds{every};
  } else if (name == "stall") {
    faults.stalls.push_back(parse_moment(value, 0.0));
  } else if (name == "clock_jump") {
    faults.clock_jumps.push_back(parse_moment(value, -longest_s));
  } else if (value != "yes") {
    throw BadValue(value, "yes");
  } else {
    faults.no_end = true;
  }
}

void set_named(PlannedFaults& faults, std::string_view one) {
  const auto equals = one.find('=');
  const std::string_view name = one.substr(0, equals);
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    throw ConfigError(fmt::format("fault {}: found no such fault; the nearest one is {}",
                                  in_quotes(name), nearest(name, known)));
  }
  if (equals == std::string_view::npos) {
    throw ConfigError(fmt::format("fault {}: found no value, expected {}=VALUE", name, name));
  }
  try {
    set(faults, name, one.substr(equals + 1));
  } catch (const BadValue& error) {
    throw ConfigError(fmt::format("fault {}: {}", name, error.what()));
  }
}

}  // namespace

bool PlannedFaults::of_packets() const noexcept {
  return loss > 0.0 || burst > Seconds{0.0} || duplicate > 0.0 || reorder > 0.0 || corrupt > 0.0 ||
         cut > 0.0 || garble > 0.0 || wrong_stream > 0.0 || !clock_jumps.empty() || no_end;
}

PlannedFaults parse_faults(std::span<const std::string> texts, std::uint64_t seed) {
  PlannedFaults faults;
  faults.seed = seed;
  for (std::string_view rest : texts) {
    while (!rest.empty()) {
      const std::string_view one = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), one.size() + 1));
      set_named(faults, one);
    }
  }
  const auto earlier = [](const Moment& a, const Moment& b) { return a.at < b.at; };
  std::stable_sort(faults.stalls.begin(), faults.stalls.end(), earlier);
  std::stable_sort(faults.clock_jumps.begin(), faults.clock_jumps.end(), earlier);
  return faults;
}

}  // namespace draftstream
