// The integers of the tree: how far rows are scaled between stages. It is the same on every
// machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace draftstream {

/// Unit noise in the channels [int8 steps]. Rounding to int8 adds 1/12 to a variance of 25, which
/// takes 0.17 % of S/N; values are clipped at 25 sigma.
inline constexpr double channel_sigma = 5.0;

/// How much unit noise grows in the stages, all but the last: rows of the first have a sigma of 6
/// steps, and it takes 4 % more in each further one. Each rounding takes 0.12 % of S/N; rows are
/// clipped at 20 sigma, which matters for the brightest pulses only, and not for long: candidates
/// are measured anew in the channels.
///
/// Without growth, radices of 4 and 16 would have factors of 1/2 and 1/4. Then every second or
/// fourth sum is a half, and all of these are rounded the same way: up makes rows too high in the
/// mean, and wide boxes of them false events; towards 0, rows are 3 % too quiet.
inline constexpr double first_stage_growth = 1.2;
inline constexpr double stage_growth = 1.04;

/// Trials are the sums of their last stage, times this, so that halving loses little.
inline constexpr int last_stage_gain = 4;

/// Rows that one sum takes: 64 * 128 * last_stage_gain is what an int16 holds.
inline constexpr std::size_t most_rows_in_a_sum = 64;

/// round(sum * factor / 2^15), halves upwards, clipped to int8.
constexpr std::int8_t scaled_to_int8(int sum, std::int16_t factor) noexcept {
  const int scaled = (sum * factor + (1 << 14)) >> 15;
  return static_cast<std::int8_t>(scaled < -128 ? -128 : scaled > 127 ? 127 : scaled);
}

/// Factors by which the sums of a stage become rows again [2^-15]: growth / sqrt(radix), at most 1,
/// and odd: no sum of int8 times an odd number is a half, so rounding has no bias.
///
/// A node with fewer children than its stage's radix takes the same factor: only so do all channels
/// weigh the same.
/// @return For all stages but the last; [i] is for the sums of radices[i] rows.
std::vector<std::int16_t> stage_factors(const std::vector<unsigned>& radices);

}  // namespace draftstream
