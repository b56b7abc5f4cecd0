// The passes of byte_rows.hpp as loops: for machines whose vectors we do not know, and to be
// compared with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "engine/tree/byte_rows.hpp"

namespace draftstream::plain {

inline std::int8_t saturated(long value) {
  return static_cast<std::int8_t>(std::clamp(value, -128L, 127L));
}

inline ByteExtremes extremes_here(const std::uint8_t* row, const std::uint8_t* valid,
                                  std::size_t length) {
  ByteExtremes result;
  for (std::size_t t = 0; t < length; ++t) {
    if (valid[t] == 0) continue;
    result.lowest = std::min(result.lowest, row[t]);
    result.highest = std::max(result.highest, row[t]);
  }
  return result;
}

inline void count_equal_here(const std::uint8_t* row, std::uint8_t value, std::uint8_t* counts,
                             std::size_t length) {
  for (std::size_t t = 0; t < length; ++t) {
    counts[t] = static_cast<std::uint8_t>(counts[t] + (row[t] == value ? 1 : 0));
  }
}

inline void sum_weighted_here(const std::uint8_t* rows, std::size_t stride,
                              const std::int16_t* gains, std::size_t count, std::int32_t* sums,
                              std::size_t length) {
  std::fill_n(sums, length, 0);
  for (std::size_t r = 0; r < count; ++r) {
    for (std::size_t t = 0; t < length; ++t) sums[t] += gains[r] * rows[r * stride + t];
  }
}

inline void add_weighted_here(const std::uint8_t* row, std::int32_t gain, std::int32_t* sums,
                              std::size_t length) {
  for (std::size_t t = 0; t < length; ++t) sums[t] += gain * row[t];
}

inline std::int64_t dot_here(const std::uint8_t* row, const std::int16_t* series,
                             std::size_t length) {
  std::int64_t sum = 0;
  for (std::size_t t = 0; t < length; ++t) sum += row[t] * series[t];
  return sum;
}

inline void order_series_here(const float* series, float* ordered, std::size_t length) {
  std::copy_n(series, length, ordered);
}

inline void quantise_here(const std::uint8_t* row, const std::uint8_t* good, const float* series,
                          const ByteScale& scale, const std::uint8_t* dither, std::int8_t* out,
                          std::size_t length) {
  for (std::size_t t = 0; t < length; ++t) {
    const float own =
        ((byte_floats + static_cast<float>(row[t])) - (byte_floats + scale.mean)) * scale.gain;
    const float exact = own - scale.share * series[t];
    const float value = dither == nullptr ? exact : exact + dither_steps(dither[t]);
    out[t] = good[t] == 0 ? std::int8_t{0} : saturated(std::lrintf(value));
  }
}

inline void quantise_floats_here(const float* values, float gain, const std::uint8_t* dither,
                                 std::int8_t* out, std::size_t length) {
  for (std::size_t t = 0; t < length; ++t) {
    const float value = values[t] == 0.0F ? 0.0F : values[t] * gain + dither_steps(dither[t]);
    out[t] = saturated(std::lrintf(std::clamp(value, -129.0F, 128.0F)));
  }
}

inline void downsample_here(const std::int8_t* row, std::int8_t* out, std::size_t length) {
  for (std::size_t i = 0; i < length; ++i) {
    const int sum = row[2 * i] + row[2 * i + 1];
    out[i] = saturated((sum * root_half + (1 << 14)) >> 15);
  }
}

}  // namespace draftstream::plain
