// Where the rows of a TreePlan live in the memory of a device, and which threads make them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/tree/tree_plan.hpp"

namespace draftstream {

/// A row: a ring of 2^n samples.
struct RowRing {
  std::uint64_t ring = 0;  ///< Its first sample, in the memory of one beam's rows or series.
  std::uint32_t mask = 0;  ///< Its samples - 1.
};

/// A row that is read `lag` samples late. Aligned to be loaded at once.
struct alignas(16) LaggedRow {
  std::uint64_t ring = 0;
  std::uint32_t mask = 0;
  std::uint32_t lag = 0;  ///< [samples]
};

/// A row that is made, and of which.
struct SummedRow {
  std::uint64_t ring = 0;
  std::uint32_t mask = 0;
  std::uint32_t first_source = 0;
  std::uint32_t sources = 0;
};

struct StageLayout {
  std::vector<SummedRow> rows;
  std::vector<LaggedRow> sources;
  std::int16_t factor = 0;  ///< As of stage_factors(); 0: the last stage, whose sums are series.
};

/// The memory of one beam. A ring holds a chunk and what the rows above still look back on behind
/// it, rounded up to a power of 2: then a sample's place is its index modulo that, whatever the
/// chunk, and no ring has a state of its own. Rings that are 0 at first are what came before the
/// first sample.
///
/// C++17 without dependencies, like the plan.
struct TreeLayout {
  std::uint32_t chunk = 0;           ///< Samples of each call.
  std::vector<RowRing> channels;     ///< [channel]
  std::vector<StageLayout> stages;   ///< [stage - 1]
  std::uint64_t row_bytes = 0;       ///< Of all int8 rings.
  std::uint64_t series_samples = 0;  ///< Of all int16 rings, one a trial.
  std::uint32_t series_mask = 0;

  /// @param samples  Of a chunk; a multiple of segment_samples (box_search.hpp), at most 2^23.
  /// @param kept     Newest samples of each series that can be asked for, at least.
  /// @throws std::invalid_argument if `samples` is not, or if the plan sums more than
  ///     most_rows_in_a_sum rows at once.
  TreeLayout(const TreePlan& plan, std::size_t samples, std::size_t kept);

  [[nodiscard]] std::size_t trials() const { return stages.back().rows.size(); }
};

}  // namespace draftstream
