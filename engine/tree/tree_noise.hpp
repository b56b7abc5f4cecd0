// How much the series of a tree scatter where there is nothing but noise.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/tree/tree_plan.hpp"

namespace draftstream {

/// Sigma of each trial for white noise of channel_sigma, rounded to int8, in the good channels. It
/// is the same for all, since all trials sum the same channels; with S a normal number, rounded, of
/// the variance of a row's sum,
///
///     v(channel) = channel_sigma^2 + 1/12, or 0 where it is not good
///     v(row)     = variance of scaled_to_int8(S, factor), v(S) = sum of its sources' v
///     v(trial)   = last_stage_gain^2 * sum of its sources' v
///
/// v(row) is factor^2 v(S) + 1/12 within 0.5 %, but not where most channels are masked: then the
/// few different values of S are rounded all up or all down.
///
/// @param good_channels  Shape [channel], in the tree's order: 0 where the channel is all zeros.
/// @return Shape [trial], in the units of its series.
/// @throws std::invalid_argument unless there is one for each channel.
[[nodiscard]] std::vector<float> tree_sigmas(const TreePlan& plan,
                                             std::span<const std::uint8_t> good_channels);

}  // namespace draftstream
