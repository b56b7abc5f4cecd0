#include "publishers/gateways/gateway_patience.hpp"

#include <algorithm>
#include <cstdint>

namespace draftstream {
namespace {

constexpr std::chrono::seconds longest_wish{3600};

}  // namespace

std::chrono::milliseconds wait_after(unsigned tries, const GatewayPatience& patience,
                                     std::optional<std::chrono::seconds> wish,
                                     std::minstd_rand& random) {
  auto wait = patience.first_wait;
  for (unsigned i = 1; i < tries && wait < patience.longest_wait; ++i) wait *= 2;
  wait = std::min(wait, patience.longest_wait);
  // So that many that lost the same receiver do not come back at once.
  std::uniform_real_distribution<double> part{0.5, 1.0};
  wait = std::chrono::milliseconds{
      static_cast<std::int64_t>(static_cast<double>(wait.count()) * part(random))};
  if (!wish) return wait;
  return std::max<std::chrono::milliseconds>(wait, std::min(*wish, longest_wish));
}

}  // namespace draftstream
