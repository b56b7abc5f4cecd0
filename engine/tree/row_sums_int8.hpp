// The inner loops of the tree: rows of int8 added to one row, by the widest vectors the machine
// has.
#pragma once

#include <cstddef>
#include <cstdint>

namespace draftstream {

/// Functions for one instruction set. Chosen once, so that the loops over rows need not ask.
///
/// Rows need no alignment, neither to vectors nor to each other. `count` is 1 to
/// most_rows_in_a_sum; `length` may be anything, multiples of 64 are fast. The sum must not overlap
/// the rows.
struct RowSumsInt8 {
  /// sum[t] = scaled_to_int8(rows[0][t] + rows[1][t] + ..., factor); the sum itself is exact.
  /// @param factor  [2^-15], > 0.
  void (*to_int8)(const std::int8_t* const* rows, std::size_t count, std::int16_t factor,
                  std::int8_t* sum, std::size_t length);
  /// sum[t] = last_stage_gain * (rows[0][t] + rows[1][t] + ...), exact.
  void (*to_int16)(const std::int8_t* const* rows, std::size_t count, std::int16_t* sum,
                   std::size_t length);
};

/// For the instruction set that Highway chose for this machine.
RowSumsInt8 row_sums_int8();

/// The definition: plain loops, which the others equal bit for bit.
RowSumsInt8 plain_row_sums_int8();

}  // namespace draftstream
