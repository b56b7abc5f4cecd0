#include "publishers/gateways/gateway_counts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace draftstream {

std::string describe(const GatewayCounts& counts) {
  std::string text = fmt::format("gateway {}: {} sent", counts.name, counts.sent);
  std::uint64_t kept = 0;
  std::vector<std::string> rules;
  for (const auto& [rule, messages] : counts.held_back) {
    kept += messages;
    rules.push_back(fmt::format("{} {}", rule, messages));
  }
  if (kept > 0) text += fmt::format(", {} held back ({})", kept, fmt::join(rules, ", "));
  if (counts.refused > 0) text += fmt::format(", {} refused", counts.refused);
  if (counts.lost > 0) text += fmt::format(", {} lost", counts.lost);
  if (counts.waiting > 0) text += fmt::format(", {} waiting", counts.waiting);
  if (!counts.fault.empty()) text += fmt::format(" ({})", counts.fault);
  return text;
}

}  // namespace draftstream
