// Conditions one block that lies in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/condition.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream::test {

/// Everything off.
inline ConditionConfig bare() {
  ConditionConfig config;
  config.zero_dm = ZeroDm::off;
  config.flag_channels = false;
  config.impulse_sigma = 0.0;
  return config;
}

/// @param mean, sigma  What the noise of the sky becomes before it is stored.
inline ConditionedBlock condition(const Sky& sky, const ConditionConfig& config,
                                  const SampleFormat& format = float_samples, float mean = 0.0F,
                                  float sigma = 1.0F, std::span<const Gap> gaps = {},
                                  unsigned threads = 1, std::span<const Hole> holes = {}) {
  WorkerPool pool{threads};
  const Observation observation = sky.observation(format);
  Conditioner conditioner{observation.frequency, format, config, pool};
  const auto bytes = sky.stored(format, mean, sigma);
  const std::uint64_t first = gaps.empty() ? 0 : gaps.front().first / sky.samples * sky.samples;
  ConditionedBlock block;
  conditioner.condition(
      FilterbankChunk{first, sky.samples, sky.band.channels, format, bytes, gaps, holes}, block);
  return block;
}

inline std::size_t count(std::span<const Weight> weights, Weight weight) {
  return static_cast<std::size_t>(std::count(weights.begin(), weights.end(), weight));
}

inline std::size_t flagged_channels(const ConditionedBlock& block) {
  return static_cast<std::size_t>(std::count(block.flagged.begin(), block.flagged.end(), true));
}

}  // namespace draftstream::test
