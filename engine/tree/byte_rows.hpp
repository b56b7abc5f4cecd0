// Rows of bytes: what lies in them, their sums, and quantised samples of them, by the widest
// vectors the machine has. Sums are of integers: no instruction set changes a bit of a result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace draftstream {

/// Rows are this many bytes long, or a multiple: no pass has to look at a rest.
inline constexpr std::size_t row_granule = 64;

struct ByteExtremes {
  std::uint8_t lowest = 255;
  std::uint8_t highest = 0;  ///< Below `lowest`: there was no valid byte.
};

/// @param valid  Shape [time]: 255 where a byte counts, 0 where not. As long as `row`.
ByteExtremes extremes(std::span<const std::uint8_t> row, const std::uint8_t* valid);

/// counts[t] += row[t] == value, for at most 255 rows.
void count_equal(std::span<const std::uint8_t> row, std::uint8_t value, std::uint8_t* counts);

/// sums[t] = sum over rows r of gains[r] * rows[r * stride + t]; none may leave 32 bits.
/// @param gains  >= 0; one a row.
/// @param sums   A multiple of 64 of them, at most `weighted_times`.
inline constexpr std::size_t weighted_times = 1024;
void sum_weighted(const std::uint8_t* rows, std::size_t stride, std::span<const std::int16_t> gains,
                  std::span<std::int32_t> sums);

/// sums[t] += gain * row[t], for a gain of more than 16 bits.
void add_weighted(std::span<const std::uint8_t> row, std::int32_t gain, std::int32_t* sums);

/// Sum of row[t] * series[t].
std::int64_t dot(std::span<const std::uint8_t> row, const std::int16_t* series);

/// Bytes become floats by way of sums with this, which are exact.
inline constexpr float byte_floats = 256.0F;

/// How bytes become quantised values.
struct ByteScale {
  float mean = 0.0F;
  float gain = 0.0F;   ///< Steps of the result a unit of the byte.
  float share = 0.0F;  ///< Steps of the result a unit of the series.
  /// No number of the series is larger: for speed only.
  float largest = std::numeric_limits<float>::infinity();
};

/// Floats in the order in which quantise() reads them, which is that of this machine's vectors.
/// @param series  As long as a row.
void order_series(std::span<const float> series, float* ordered);

/// A byte of dither [steps]: its 256 values are spread evenly over one step, and their mean is 0.
constexpr float dither_steps(std::uint8_t byte) noexcept {
  return (static_cast<float>(byte) - 127.5F) / 256.0F;
}

/// out[t] = saturate(round((row[t] - mean) * gain - share * series[t] + dither)), 0 where not good.
/// @param good            Shape [time]: 255 or 0.
/// @param ordered_series  By order_series().
/// @param dither          Shape [time], by dither_steps(); null: none.
void quantise(std::span<const std::uint8_t> row, const std::uint8_t* good,
              const float* ordered_series, const ByteScale& scale, const std::uint8_t* dither,
              std::int8_t* out);

/// out[t] = saturate(round(values[t] * gain + dither)), and 0 where the value is. Any length.
void quantise(std::span<const float> values, float gain, const std::uint8_t* dither,
              std::int8_t* out);

/// 2^-1/2 in units of 2^-15; of its neighbours the one by which all sums of two round right.
inline constexpr std::int16_t root_half = 23171;

/// Half the time resolution: out[i] = saturate(round((row[2i] + row[2i+1]) / sqrt(2))), which keeps
/// the scale of white noise.
/// @param out  Any length; `row` has twice as many. May begin where `row` does.
void downsample(const std::int8_t* row, std::span<std::int8_t> out);

}  // namespace draftstream
