// The inner loops of dedispersion: rows added to rows, by the widest vectors the machine has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace draftstream {

/// How many rows are added at once.
inline constexpr std::size_t rows_at_once = 8;

/// sum[t] = ((sum[t] + rows[0][t]) + rows[1][t]) + ... in this order, so that the result is the
/// same for every vector length.
/// @param rows  At most rows_at_once of them, each sum.size() long, not aligned.
void add_rows(std::span<const float* const> rows, std::span<float> sum);

/// sum[t] += number of rows whose weight there is 1 (Weight::good).
void count_good(std::span<const std::uint8_t* const> rows, std::span<std::uint16_t> sum);

/// row[t] += row[t + shift] for each t, from the first on, up to row.size() - shift - 1.
void add_shifted(std::span<float> row, std::size_t shift);

/// best[t] = max(best[t], row[t] * scale). @param row  As long as `best`.
void keep_larger(std::span<const float> row, float scale, std::span<float> best);

/// Largest of the differences prefix[t + width] - prefix[t]; t from 0 to prefix.size() - width - 1.
/// @param prefix  Sums from the start on; longer than `width`.
double largest_difference(std::span<const double> prefix, std::size_t width);

}  // namespace draftstream
