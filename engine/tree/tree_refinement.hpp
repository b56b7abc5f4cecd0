// Peaks of a search by trees, looked at closely.
#pragma once

#include <cstdint>

#include "engine/candidate.hpp"
#include "engine/dedisperse.hpp"
#include "engine/raw_history.hpp"
#include "engine/refine.hpp"
#include "engine/search_config.hpp"
#include "engine/search_limits.hpp"
#include "engine/tree/search_trials.hpp"
#include "engine/tree/tree_blocks.hpp"
#include "ingest/observation.hpp"

namespace draftstream {

/// Threads: any number at once, while no block is taken.
class TreeRefinement {
 public:
  /// What it may look at in front of where it is told to [samples].
  static constexpr std::uint64_t lookback_samples = std::uint64_t{2} * widest_boxcar;

  /// @param trials  Must outlive this; so must `blocks`.
  TreeRefinement(const Observation& observation, const SearchConfig& config,
                 const SearchLimits& limits, const SearchTrials& trials, const TreeBlocks& blocks);

  TreeRefinement(const TreeRefinement&) = delete;
  TreeRefinement& operator=(const TreeRefinement&) = delete;

  /// @param reach  Samples, at the highest channel, that `raw` holds for every trial.
  /// @return S/N 0 where boxes of that width are not searched.
  [[nodiscard]] Candidate refine(const Detection& peak, const RawHistory& raw,
                                 const SampleRange& reach) const;
  /// As if the search had found it at the nearest trial, with the nearest width of its boxes.
  /// @param middle, width  [samples]
  [[nodiscard]] Candidate refine_find(double middle, DispersionMeasure dm, double width,
                                      const RawHistory& raw) const;

 private:
  double max_frac_missing_;
  std::uint32_t widest_;
  const DmPlan& plan_;
  const TreeBlocks& blocks_;
  Dedisperser dedisperser_;
  Refiner refiner_;
};

}  // namespace draftstream
