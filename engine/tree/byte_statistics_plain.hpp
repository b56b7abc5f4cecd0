// The passes of byte_statistics.hpp as loops: for machines whose vectors we do not know, and to be
// compared with.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
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

inline void every_eighth_here(const std::uint8_t* row, std::uint8_t* out, std::size_t length) {
  for (std::size_t i = 0; i < length; ++i) out[i] = row[8 * i];
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

inline void square_stretches_here(const std::uint8_t* row, const std::uint8_t* valid,
                                  std::size_t length, std::uint32_t* squares) {
  std::fill_n(squares, length / 64, 0U);
  for (std::size_t t = 0; t < length; ++t) {
    squares[t / 64] += valid[t] == 0 ? 0U : static_cast<std::uint32_t>(row[t] * row[t]);
  }
}

}  // namespace draftstream::plain
