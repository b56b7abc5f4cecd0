#include "training/interference.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "training/parse_number.hpp"

namespace draftstream {
namespace {

// In the order of the enumeration.
struct Kind {
  std::string_view name;
  double usual;  // amount on a usual day
  double storm;  // and on a bad one; 0: not then
  double lowest, highest;
};
constexpr std::array kinds{
    Kind{"narrowband", 0.02, 0.3, 0.0, 1.0},   // fraction of channels
    Kind{"impulses", 0.5, 100.0, 1e-6, 1e4},   // per second
    Kind{"radar", 0.5, 0.05, 1e-3, 1e4},       // period [s]
    Kind{"chirps", 0.2, 0.0, 1e-6, 100.0},     // per second
    Kind{"perytons", 0.05, 0.0, 1e-6, 100.0},  // per second
    Kind{"blips", 5.0, 0.0, 1e-6, 1e4},        // per second
    Kind{"red-noise", 0.1, 0.0, 0.0, 100.0},   // rms [sigma]
    Kind{"gains", 0.05, 0.5, 1e-6, 10.0},      // per second
    Kind{"dead", 0.02, 0.05, 0.0, 1.0},        // fraction of channels
    Kind{"saturated", 0.01, 0.02, 0.0, 1.0},   // fraction of channels
    Kind{"dropouts", 0.05, 0.5, 1e-6, 10.0},   // per second
};

const Kind& entry(InterferenceKind kind) {
  return kinds[static_cast<std::size_t>(kind)];
}

std::string kind_names() {
  std::string names;
  for (const Kind& kind : kinds) names += std::string{kind.name} + ", ";
  return names + "storm or none";
}

void append(std::vector<Interference>& list, const Interference& next) {
  for (const Interference& other : list) {
    if (other.kind == next.kind) {
      throw ConfigError(
          fmt::format("interference: found '{}' twice, expected once", name(next.kind)));
    }
  }
  check(next);
  list.push_back(next);
}

}  // namespace

std::string_view name(InterferenceKind kind) {
  return entry(kind).name;
}

double default_amount(InterferenceKind kind) {
  return entry(kind).usual;
}

std::vector<Interference> parse_interference(std::string_view text) {
  std::vector<Interference> list;
  if (text.empty() || text == "none") return list;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string_view item = text.substr(at, comma - at);
    at = comma + 1;
    if (item == "storm") {
      for (std::size_t k = 0; k < kinds.size(); ++k) {
        if (kinds[k].storm == 0.0) continue;
        append(list, {static_cast<InterferenceKind>(k), kinds[k].storm});
      }
      continue;
    }
    const std::size_t colon = item.find(':');
    const std::string_view kind_name = item.substr(0, colon);
    const auto* const found = std::find_if(
        kinds.begin(), kinds.end(), [&](const Kind& kind) { return kind.name == kind_name; });
    if (found == kinds.end()) {
      throw ConfigError(fmt::format("interference: found '{}', expected {}", item, kind_names()));
    }
    const auto kind = static_cast<InterferenceKind>(found - kinds.begin());
    append(list, {kind, colon == std::string_view::npos
                            ? default_amount(kind)
                            : parse_number(item.substr(colon + 1),
                                           fmt::format("interference: {}", kind_name))});
  }
  return list;
}

void check(const Interference& interference) {
  const Kind& kind = entry(interference.kind);
  check_range(interference.amount, kind.lowest, kind.highest,
              fmt::format("interference: {}", kind.name));
}

}  // namespace draftstream
