// Channels that do not behave like the others: interference that stays in its channel.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "engine/condition.hpp"

namespace draftstream {

/// How much more than white noise the sums over stretches of a channel scatter, one number for
/// each length of stretch: 1 for white noise, NaN where there is too little of it.
/// The strongest stretches are left out, so that one dispersed burst, which crosses a channel once,
/// does not count, while interference, which comes back, does.
inline constexpr std::array<std::size_t, 3> stretch_samples{8, 64, 512};
using Unsteadiness = std::array<float, stretch_samples.size()>;

/// Stretches of a length, of which fewer than 8 measure nothing, and how many of them are left out:
/// as many as the widest box can touch, given that a block is at least 16 times as long as that.
inline constexpr std::size_t fewest_stretches = 8;
[[nodiscard]] constexpr std::size_t stretches_left_out(std::size_t count) noexcept {
  constexpr std::size_t widest_boxes_a_block = 16;
  return (count + widest_boxes_a_block - 1) / widest_boxes_a_block + 1;
}

/// @param row   Values of zero mean and unit variance, shape [time]; 0 where the weight is not
/// good.
/// @param work  Space for row.size() / 8 values.
Unsteadiness unsteadiness(std::span<const float> row, std::span<const Weight> weights,
                          std::span<float> work);

/// Which channels stand out of the others: at any length of stretch, more than 6 robust standard
/// deviations above the median of all, or above 1 if that is more.
/// @param all  Shape [channel]; NaN never stands out.
/// @return Shape [channel].
std::vector<bool> outstanding(std::span<const Unsteadiness> all);

/// The same, into flags that may be set already. @param work  Space for all.size() values.
void flag_outstanding(std::span<const Unsteadiness> all, std::span<float> work,
                      std::vector<bool>& flags);

}  // namespace draftstream
