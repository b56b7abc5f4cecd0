#include "app/overload.hpp"

#include <algorithm>
#include <utility>

namespace draftstream {

std::string_view name(ShedStep step) {
  constexpr std::string_view names[] = {"networks", "octave", "blocks"};
  return names[static_cast<std::size_t>(step)];
}

OverloadLadder::OverloadLadder(OverloadRule rule, Seconds ring)
    : rule_{std::move(rule)}, longest_{std::min(ring, rule_.longest_lag.value_or(ring))} {}

std::size_t OverloadLadder::levels() const {
  return std::max<std::size_t>(1, rule_.steps.size());
}

Seconds OverloadLadder::rises_to(std::size_t level) const {
  const double way = static_cast<double>(level - 1) / static_cast<double>(levels());
  return (rule_.begin + (1.0 - rule_.begin) * way) * longest_;
}

Seconds OverloadLadder::falls_from(std::size_t level) const {
  return level > 1 ? rises_to(level - 1) : rule_.recover * rises_to(1);
}

std::size_t OverloadLadder::next(std::size_t level, Seconds lag) const {
  while (level < levels() && lag >= rises_to(level + 1)) ++level;
  while (level > 0 && lag < falls_from(level)) --level;
  return level;
}

Shed OverloadLadder::shed(std::size_t level, Seconds lag) const {
  Shed shed;
  shed.alerts = level > 0 || lag >= falls_from(1);
  for (std::size_t i = 0; i < std::min(level, rule_.steps.size()); ++i) {
    shed.networks = shed.networks || rule_.steps[i] == ShedStep::networks;
    shed.octaves += rule_.steps[i] == ShedStep::octave ? 1 : 0;
    shed.block = shed.block || rule_.steps[i] == ShedStep::blocks;
  }
  return shed;
}

std::vector<std::string> OverloadLadder::left_out(std::size_t level) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(level, rule_.steps.size()); ++i) {
    names.emplace_back(name(rule_.steps[i]));
  }
  return names;
}

}  // namespace draftstream
