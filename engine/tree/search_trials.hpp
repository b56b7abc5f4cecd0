// The trials of a search by trees, and how they are shared out.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/dm_plan.hpp"
#include "engine/search_config.hpp"
#include "engine/tree/octaves.hpp"
#include "ingest/observation.hpp"

namespace draftstream {

struct SearchTrials {
  std::vector<std::size_t> octave_trials;  ///< [octave]: its first trial.
  std::vector<Octave> octaves;             ///< Split, so that threads have equal work.
  DmPlan plan;                             ///< All trials, at the recording's time resolution.

  [[nodiscard]] unsigned most_downsample() const noexcept { return octaves.back().downsample; }
};

/// @param block    As in SearchLimits [samples].
/// @param threads  Octaves are split for.
/// @throws ConfigError as plan_octaves does.
[[nodiscard]] SearchTrials plan_trials(const Observation& observation, const SearchConfig& config,
                                       std::size_t block, std::size_t threads);

}  // namespace draftstream
