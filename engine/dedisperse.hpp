// Direct dedispersion: for each trial, one sum over the channels. The reference of every faster
// way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/conditioned_samples.hpp"

namespace draftstream {

/// Sums conditioned samples along the track of a trial:
///
///     sums[i]  = sum over channels c of value(c, first + i + delay[c])
///     goods[i] = number of channels whose sample there is good
///
/// in the order of the channels, so that neither threads nor vector lengths change a bit.
/// White noise gives sums[i] the variance goods[i].
class Dedisperser {
 public:
  /// @param channels  Those to be summed; the others are never good.
  explicit Dedisperser(std::vector<std::uint32_t> channels) : channels_{std::move(channels)} {}

  /// Several trials over the same time, whose rows are read once for all of them.
  ///
  /// Threads: any number at once, on their own outputs.
  /// @param delays  Shape [trial][channel] [samples].
  /// @param first   Time of sums[0] at the highest channel.
  /// @param sums    Shape [trial][time].
  void sum(const ConditionedSamples& samples, std::span<const std::span<const std::int32_t>> delays,
           std::uint64_t first, std::span<const std::span<float>> sums) const;
  void count(const ConditionedSamples& samples,
             std::span<const std::span<const std::int32_t>> delays, std::uint64_t first,
             std::span<const std::span<std::uint16_t>> goods) const;

  [[nodiscard]] std::span<const std::uint32_t> channels() const noexcept { return channels_; }

 private:
  std::vector<std::uint32_t> channels_;
};

}  // namespace draftstream
