// What a row of bytes measures: range, quartiles, moments. Sums are of integers: no instruction set
// changes a bit of a result.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/tree/byte_rows.hpp"

namespace draftstream {

struct ByteMoments {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;      ///< Of x - low.
  std::uint64_t squares = 0;  ///< Of (x - low)^2.

  friend bool operator==(const ByteMoments&, const ByteMoments&) = default;
};

/// Of the valid bytes x inside [low, high].
ByteMoments moments_within(std::span<const std::uint8_t> row, const std::uint8_t* valid,
                           std::uint8_t low, std::uint8_t high);

/// Bytes with a quarter, a half and three quarters of others before them when sorted.
struct ByteQuartiles {
  std::uint8_t low = 0;
  std::uint8_t median = 0;
  std::uint8_t high = 0;

  friend bool operator==(const ByteQuartiles&, const ByteQuartiles&) = default;
};

/// @param bytes  A multiple of 64, at most 16384; behind the first `count` of them there is 255.
/// @param count  Of which the quartiles are: those with count / 4, count / 2, 3 count / 4 before.
ByteQuartiles quartiles(std::span<const std::uint8_t> bytes, std::size_t count);

/// out[i] = row[8i]. @param out  A multiple of 64.
void every_eighth(const std::uint8_t* row, std::span<std::uint8_t> out);

/// What one look at a row tells of its valid bytes.
struct ByteSurvey {
  static constexpr std::size_t most_outside = 256;

  ByteExtremes range;
  ByteMoments all;      ///< Of all of them, of x itself.
  ByteExtremes inside;  ///< As given.
  /// Those that do not lie inside; if there are more, only their number counts.
  std::array<std::uint8_t, most_outside> outside;
  std::size_t outside_count = 0;

  /// moments_within(low, high), if these are known; see `known`.
  [[nodiscard]] ByteMoments within(std::uint8_t low, std::uint8_t high) const noexcept;
  /// Is everything outside [low, high] among `outside`?
  [[nodiscard]] bool known(std::uint8_t low, std::uint8_t high) const noexcept {
    return (low <= range.lowest && range.highest <= high) ||
           (low <= inside.lowest && inside.highest <= high && outside_count <= most_outside);
  }
};

/// @param valid   Null: all are.
/// @param inside  Limits of the bytes that need not be told one by one.
/// @param sums    Shape [time / 8]: sums of 8 valid bytes each.
void survey(std::span<const std::uint8_t> row, const std::uint8_t* valid,
            const ByteExtremes& inside, std::uint32_t* sums, ByteSurvey& result);

/// Sums of the squares of the valid bytes of each 64: shape [time / 64].
void square_stretches(std::span<const std::uint8_t> row, const std::uint8_t* valid,
                      std::uint32_t* squares);

}  // namespace draftstream
