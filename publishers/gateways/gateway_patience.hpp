// How long a receiver that is down is left alone.
#pragma once

#include <chrono>
#include <optional>
#include <random>

namespace draftstream {

/// How a receiver that is down is waited for.
struct GatewayPatience {
  std::chrono::milliseconds first_wait{1000};       ///< After the first try; doubled each time.
  std::chrono::milliseconds longest_wait{300'000};  ///< Waits are cut to 50 to 100 % at random.
  std::chrono::milliseconds interval{1000};         ///< Between two looks at the journal.
};

/// Until the next try.
/// @param tries  That were in vain; from 1.
/// @param wish   Of the receiver: at least that, an hour at most.
[[nodiscard]] std::chrono::milliseconds wait_after(unsigned tries, const GatewayPatience& patience,
                                                   std::optional<std::chrono::seconds> wish,
                                                   std::minstd_rand& random);

}  // namespace draftstream
