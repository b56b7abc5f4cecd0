// What of the samples a format could not hold.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace draftstream {

struct SampleLoss {
  std::uint64_t rounded = 0;  ///< Samples that were stored as another value in range.
  float worst = 0.0F;         ///< By which the worst of them is off.
  std::uint64_t clipped = 0;  ///< Samples that lay out of range.

  void add(float value, float stored, bool was_clipped = false) noexcept {
    if (value == stored) return;
    if (was_clipped) {
      ++clipped;
    } else {
      ++rounded;
      worst = std::max(worst, std::abs(value - stored));
    }
  }
  SampleLoss& operator+=(const SampleLoss& other) noexcept {
    rounded += other.rounded;
    worst = std::max(worst, other.worst);
    clipped += other.clipped;
    return *this;
  }
};

}  // namespace draftstream
