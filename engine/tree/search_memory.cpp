#include "engine/tree/search_memory.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <thread>
#include <utility>

#include "engine/infer/look_maker.hpp"
#include "engine/infer/tile_grid.hpp"
#include "engine/raw_history.hpp"
#include "engine/search_limits.hpp"
#include "engine/tree/block_notes.hpp"
#include "engine/tree/box_search.hpp"
#include "engine/tree/noise_watch.hpp"
#include "engine/tree/octave_search.hpp"
#include "engine/tree/row_levels.hpp"
#include "engine/tree/search_octaves.hpp"
#include "engine/tree/tree_search.hpp"

namespace draftstream {

std::vector<MemoryPart> tree_search_memory(const Observation& observation,
                                           const SearchConfig& config, bool looks) {
  const SearchLimits limits = search_limits(observation, config);
  const std::size_t channels = observation.frequency.channels();
  const std::size_t threads =
      config.threads != 0 ? config.threads : std::max(1U, std::thread::hardware_concurrency());
  const std::vector<Octave> octaves =
      split_for_threads(observation, octaves_of_search(observation, config, limits.block), threads);

  std::size_t trees = 0;
  std::size_t plans = 0;
  std::size_t noise = 0;
  std::size_t hits = 0;
  std::size_t trials = 0;
  std::vector<std::size_t> histories{0};
  for (const Octave& octave : octaves) {
    TreePlan tree = plan_tree(observation.frequency, observation.time.sample_time, octave);
    const auto level = static_cast<std::size_t>(std::countr_zero(octave.downsample));
    histories.resize(std::max(histories.size(), level + 1));
    histories[level] = std::max<std::size_t>(
        histories[level], static_cast<std::size_t>(tree.stages()[1].longest_lag));
    plans += tree.bytes();
    trees += TreeDedisperser::state_bytes_of(std::move(tree));
    noise += NoiseWatch::bytes_of(octave.trials.size(), limits.block >> level);
    hits += OctaveSearch::hit_bytes_of(octave.trials.size());
    trials += octave.trials.size();
  }
  // Of each trial: its noise model, and its thresholds.
  plans += trials * (pyramid_widths.size() * sizeof(float) + sizeof(BoxThresholds));

  const std::array last{DispersionMeasure{octaves.back().trials.back()}};
  const DmPlan sweep{observation.frequency, observation.time.sample_time, last};
  const LookReach reach = tile_grid::reach(limits.widest);
  const std::size_t raw_samples = TreeSearch::raw_samples_of(
      sweep.longest_delay(), octaves.back().downsample, limits.block, looks ? &reach : nullptr);
  const std::size_t block_bytes = channels * limits.block;
  // Floats are conditioned as such: values and weights. Of bytes, only the end of the recording
  // needs rows of its own.
  const std::size_t conditioning =
      observation.format.bits > 8 ? block_bytes * (sizeof(float) + sizeof(Weight)) : block_bytes;
  return {
      {"history", RawHistory::bytes_of(observation, limits.block, raw_samples)},
      {"rows", RowLevels::bytes_of(channels, limits.block, histories)},
      {"trees", trees},
      {"noise", noise},
      {"hits", hits},
      {"conditioning", conditioning + BlockNotes::bytes_of(channels, limits.block, raw_samples)},
      {"plans", plans},
      {"looks", looks ? threads * LookMaker::bytes_of(observation) : 0}};
}

}  // namespace draftstream
