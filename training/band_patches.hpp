// How a signal from afar is spread over the band: in patches.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "training/random.hpp"

namespace draftstream {

/// Least strength of a channel, as a part of the strongest one's: none is left out entirely.
inline constexpr double faintest_patch = 0.01;

/// @return Strength of each channel, shape [channel], 0.01 to 1: straight lines between 2 to 41
///         places across the band, whose strengths are drawn with a long tail.
inline std::vector<float> draw_patches(std::size_t channels, RandomEngine& engine) {
  constexpr double most_pieces = 40.0;
  constexpr double tail = 1.2;  // power of an exponential deviate: its rms is 1.2 of its mean
  const double pieces = std::floor(uniform(engine, 1.0, most_pieces + 1.0));
  std::vector<double> strengths(static_cast<std::size_t>(pieces) + 1);
  double strongest = 1e-9;
  for (double& strength : strengths) {
    strength = std::pow(-std::log(1.0 - uniform(engine)), tail);
    strongest = std::max(strongest, strength);
  }
  std::vector<float> patches(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const double at = pieces * (static_cast<double>(c) + 0.5) / static_cast<double>(channels);
    const auto left = static_cast<std::size_t>(at);
    const double part = at - static_cast<double>(left);
    const double strength = (1.0 - part) * strengths[left] + part * strengths[left + 1];
    patches[c] = static_cast<float>(std::max(faintest_patch, strength / strongest));
  }
  return patches;
}

}  // namespace draftstream
