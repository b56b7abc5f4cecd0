// The conditioned samples that dedispersion can still reach.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/conditioned_samples.hpp"

namespace draftstream {

/// Values and weights by channel, addressed by absolute sample index:
///
///     value(c, n) = values[c][n mod length],  and again behind the end for the first `reach`
///
/// so that any `reach` samples from any n on are contiguous.
class SampleHistory final : public ConditionedSamples {
 public:
  /// @param samples  How many are kept; rounded up to whole blocks.
  /// @param block    Samples of one block.
  SampleHistory(std::size_t channels, std::size_t samples, std::size_t block)
      : channels_{channels},
        block_{block},
        length_{(samples + block - 1) / block * block},
        stride_{length_ + reach},
        values_(channels * stride_),
        weights_(channels * stride_, Weight::missing) {}

  [[nodiscard]] std::size_t channels() const noexcept { return channels_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return values_.size() * 5; }

  /// `reach` contiguous values from absolute sample n on.
  [[nodiscard]] const float* values(std::size_t channel, std::uint64_t n) const override {
    return values_.data() + channel * stride_ + n % length_;
  }
  [[nodiscard]] const Weight* weights(std::size_t channel, std::uint64_t n) const override {
    return weights_.data() + channel * stride_ + n % length_;
  }

  /// Stores the last `count` samples of `block` at [first, first + count), and no data behind them
  /// up to the end of that block. `first` is a multiple of the block's length.
  void store(std::size_t channel, std::uint64_t first, std::span<const float> values,
             std::span<const Weight> weights) {
    const std::size_t place = first % length_;
    float* row = values_.data() + channel * stride_;
    Weight* weight_row = weights_.data() + channel * stride_;
    std::copy(values.begin(), values.end(), row + place);
    std::copy(weights.begin(), weights.end(), weight_row + place);
    std::fill(row + place + values.size(), row + place + block_, 0.0F);
    std::fill(weight_row + place + values.size(), weight_row + place + block_, Weight::missing);
    if (place == 0) {
      std::copy_n(row, reach, row + length_);
      std::copy_n(weight_row, reach, weight_row + length_);
    }
  }

 private:
  std::size_t channels_;
  std::size_t block_;
  std::size_t length_;
  std::size_t stride_;
  std::vector<float> values_;    // [channel][stride]
  std::vector<Weight> weights_;  // [channel][stride]
};

}  // namespace draftstream
