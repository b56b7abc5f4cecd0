#include "engine/cuda/tree_layout.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine/tree/box_search.hpp"
#include "engine/tree/tree_arithmetic.hpp"

namespace draftstream {
namespace {

constexpr std::size_t most_chunk_samples = std::size_t{1} << 23U;

void check(const TreePlan& plan, std::size_t samples) {
  if (samples == 0 || samples % segment_samples != 0 || samples > most_chunk_samples) {
    throw std::invalid_argument(
        "TreeLayout: chunks of " + std::to_string(samples) + " samples; expected a multiple of " +
        std::to_string(segment_samples) + ", at most " + std::to_string(most_chunk_samples));
  }
  for (const TreeStage& stage : plan.stages()) {
    if (stage.radix > most_rows_in_a_sum) {
      throw std::invalid_argument("TreeLayout: a radix is above " +
                                  std::to_string(most_rows_in_a_sum));
    }
    if (stage.sources.size() > std::numeric_limits<std::uint32_t>::max()) {
      throw std::invalid_argument("TreeLayout: a stage has more than 2^32 summands");
    }
  }
}

std::uint32_t mask_of(std::size_t samples) {
  std::uint64_t ring = 1;
  while (ring < samples) ring *= 2;
  return static_cast<std::uint32_t>(ring - 1);
}

std::vector<std::int16_t> factors_of(const TreePlan& plan) {
  std::vector<unsigned> radices;
  for (std::size_t s = 1; s < plan.stages().size(); ++s) radices.push_back(plan.stages()[s].radix);
  std::vector<std::int16_t> factors = stage_factors(radices);
  factors.push_back(0);
  return factors;
}

/// Gives the rows of a stage below the last one their rings.
std::vector<RowRing> place_rows(const TreeStage& stage, std::size_t chunk, std::uint64_t& end) {
  std::vector<RowRing> rows;
  rows.reserve(stage.rows);
  for (const TreeNode& node : stage.nodes) {
    const std::uint32_t mask = mask_of(static_cast<std::size_t>(node.longest_lag) + chunk);
    for (std::size_t r = 0; r < node.rows; ++r) {
      rows.push_back({end, mask});
      end += std::uint64_t{mask} + 1;
    }
  }
  return rows;
}

}  // namespace

TreeLayout::TreeLayout(const TreePlan& plan, std::size_t samples, std::size_t kept)
    : chunk{static_cast<std::uint32_t>(samples)} {
  check(plan, samples);
  const std::vector<std::int16_t> factors = factors_of(plan);
  const std::size_t last = plan.stages().size() - 1;
  series_mask = mask_of(std::max(kept, pyramid_lookback + samples));

  channels = place_rows(plan.stages()[0], samples, row_bytes);
  std::vector<RowRing> below = channels;
  for (std::size_t s = 1; s <= last; ++s) {
    const TreeStage& from = plan.stages()[s];
    std::vector<RowRing> here;
    if (s < last) {
      here = place_rows(from, samples, row_bytes);
    } else {
      for (std::size_t k = 0; k < from.rows; ++k) {
        here.push_back({series_samples, series_mask});
        series_samples += std::uint64_t{series_mask} + 1;
      }
    }
    StageLayout stage;
    stage.factor = factors[s - 1];
    stage.sources.reserve(from.sources.size());
    for (const TreeSource& source : from.sources) {
      const RowRing& row = below[source.row];
      stage.sources.push_back({row.ring, row.mask, static_cast<std::uint32_t>(source.lag)});
    }
    for (const TreeNode& node : from.nodes) {
      for (std::size_t r = 0; r < node.rows; ++r) {
        const RowRing& row = here[node.first_row + r];
        stage.rows.push_back({row.ring, row.mask,
                              static_cast<std::uint32_t>(node.first_source + r * node.children),
                              node.children});
      }
    }
    stages.push_back(std::move(stage));
    below = std::move(here);
  }
}

}  // namespace draftstream
