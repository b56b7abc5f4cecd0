// The passes of byte_stretches.hpp as loops: for machines whose vectors we do not know, and to be
// compared with.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <vector>

#include "engine/tree/byte_stretches.hpp"

namespace draftstream::plain {

inline void add_eights_here(const std::uint32_t* sums, std::uint32_t* out, std::size_t length) {
  for (std::size_t i = 0; i < length; ++i) {
    out[i] = std::accumulate(sums + 8 * i, sums + 8 * i + 8, 0U);
  }
}

inline void stretch_powers_here(const std::uint32_t* sums, const float* goods, const float* weights,
                                float mean, float* powers, std::size_t length) {
  for (std::size_t i = 0; i < length; ++i) {
    const float offset = static_cast<float>(sums[i]) - goods[i] * mean;
    powers[i] = offset * offset * weights[i];
  }
}

inline double sum_without_largest_here(const float* values, std::size_t length,
                                       std::size_t left_out, float /*typical*/) {
  std::vector<float> sorted(values, values + length);
  const auto first_kept = sorted.begin() + static_cast<std::ptrdiff_t>(left_out);
  std::nth_element(sorted.begin(), first_kept, sorted.end(), std::greater<>());
  // The smallest limit that no more than left_out are above, and those at it that are left out too.
  const float limit = *first_kept;
  const auto above = static_cast<std::size_t>(
      std::count_if(values, values + length, [limit](float x) { return x > limit; }));
  std::array<float, 16> lanes{};
  for (std::size_t i = 0; i < length; ++i) lanes[i % 16] += values[i] <= limit ? values[i] : 0.0F;
  double sum = 0.0;
  for (std::size_t i = 0; i < 4; ++i) {
    sum += static_cast<double>((lanes[i] + lanes[i + 4]) + (lanes[i + 8] + lanes[i + 12]));
  }
  return sum - static_cast<double>(left_out - above) * static_cast<double>(limit);
}

}  // namespace draftstream::plain
