// Bursts, added to samples as they are stored.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ingest/samples.hpp"
#include "replay/recording.hpp"
#include "training/burst_set.hpp"
#include "training/channel_noise.hpp"

namespace draftstream {

/// Adds bursts to the values of a recording; how is told in inject.hpp.
///
/// Threads: one at a time.
class BurstAdder {
 public:
  /// @param bursts, gaps  Must outlive this.
  BurstAdder(const BurstSet& bursts, std::span<const Gap> gaps, const SampleFormat& format,
             ChannelNoise noise, std::uint64_t seed)
      : bursts_{bursts}, gaps_{gaps}, format_{format}, noise_{std::move(noise)}, seed_{seed} {}

  /// @param first   Sample index of the first spectrum.
  /// @param values  Shape [time, channel], whole spectra, unpacked.
  void add(std::uint64_t first, std::span<float> values);

  /// Values that a burst drove past what their format holds.
  [[nodiscard]] std::uint64_t clipped() const noexcept { return clipped_; }

 private:
  [[nodiscard]] float raised(float value, float power, std::size_t channel, std::uint64_t place);
  [[nodiscard]] float by_code(float value, double step, std::size_t channel, double u) const;

  const BurstSet& bursts_;
  std::span<const Gap> gaps_;
  SampleFormat format_;
  ChannelNoise noise_;
  std::uint64_t seed_;
  std::uint64_t clipped_ = 0;
  std::vector<float> sigmas_;
};

}  // namespace draftstream
