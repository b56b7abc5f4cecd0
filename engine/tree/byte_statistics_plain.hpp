// The passes of byte_statistics.hpp as loops: for machines whose vectors we do not know, and to be
// compared with.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <vector>

#include "engine/tree/byte_statistics.hpp"

namespace draftstream::plain {

inline ByteMoments moments_within_here(const std::uint8_t* row, const std::uint8_t* valid,
                                       std::size_t length, std::uint8_t low, std::uint8_t high) {
  ByteMoments result;
  for (std::size_t t = 0; t < length; ++t) {
    if (valid[t] == 0 || row[t] < low || row[t] > high) continue;
    const auto offset = static_cast<std::uint64_t>(row[t] - low);
    ++result.count;
    result.sum += offset;
    result.squares += offset * offset;
  }
  return result;
}

inline ByteQuartiles quartiles_here(const std::uint8_t* bytes, std::size_t length,
                                    std::size_t count) {
  std::vector<std::uint8_t> sorted(bytes, bytes + length);
  std::sort(sorted.begin(), sorted.end());
  return {sorted[count / 4], sorted[count / 2], sorted[3 * count / 4]};
}

inline void survey_here(const std::uint8_t* row, const std::uint8_t* valid, std::size_t length,
                        std::uint32_t* sums, ByteSurvey& result) {
  std::fill_n(sums, length / 8, 0U);
  result.range = {};
  result.all = {};
  result.outside_count = 0;
  for (std::size_t t = 0; t < length; ++t) {
    if (valid != nullptr && valid[t] == 0) continue;
    const std::uint8_t x = row[t];
    sums[t / 8] += x;
    result.range = {std::min(result.range.lowest, x), std::max(result.range.highest, x)};
    ++result.all.count;
    result.all.sum += x;
    result.all.squares += std::uint64_t{x} * x;
    if (result.inside.lowest <= x && x <= result.inside.highest) continue;
    if (result.outside_count < result.most_outside) result.outside[result.outside_count] = x;
    ++result.outside_count;
  }
}

inline void add_eights_here(const std::uint32_t* sums, std::uint32_t* out, std::size_t length) {
  for (std::size_t i = 0; i < length; ++i) {
    out[i] = std::accumulate(sums + 8 * i, sums + 8 * i + 8, 0U);
  }
}

inline void square_stretches_here(const std::uint8_t* row, const std::uint8_t* valid,
                                  std::size_t length, std::uint32_t* squares) {
  std::fill_n(squares, length / 64, 0U);
  for (std::size_t t = 0; t < length; ++t) {
    squares[t / 64] += valid[t] == 0 ? 0U : static_cast<std::uint32_t>(row[t] * row[t]);
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
