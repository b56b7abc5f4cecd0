// The first stages of a search by trees: blocks in, boxes above the threshold out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/raw_history.hpp"
#include "engine/search_config.hpp"
#include "engine/search_counts.hpp"
#include "engine/search_limits.hpp"
#include "engine/shedding.hpp"
#include "engine/tree/block_notes.hpp"
#include "engine/tree/octave_search.hpp"
#include "engine/tree/quantised_conditioner.hpp"
#include "engine/tree/row_levels.hpp"
#include "engine/tree/search_trials.hpp"
#include "engine/worker_pool.hpp"

namespace draftstream {

/// Each block is conditioned to 8 bits, brought to the time resolution of each octave of DM, and
/// summed by the octave's tree; every piece of a trial's series is searched while it is in the
/// cache.
///
/// Threads: one at a time per object.
class TreeBlocks {
 public:
  /// @param trials  Must outlive this; so must `pool` and `counts`.
  /// @param noted   How far back notes are kept [samples].
  /// @param counts  Fates, boxes, what is shed and seconds are added here.
  TreeBlocks(const Observation& observation, const SearchConfig& config, const SearchLimits& limits,
             const SearchTrials& trials, std::size_t noted, WorkerPool& pool, SearchCounts& counts);

  TreeBlocks(const TreeBlocks&) = delete;
  TreeBlocks& operator=(const TreeBlocks&) = delete;

  /// Takes the newest samples; see SearchEngine::take().
  void take(RawHistory& raw, std::size_t window, std::size_t samples, const Shed& shed);
  /// Goes on by a block behind the end of the data.
  void take_nothing();

  /// Octaves, split, by trial; their detections are those of the newest block.
  [[nodiscard]] std::span<const std::unique_ptr<OctaveSearch>> parts() const noexcept {
    return parts_;
  }
  [[nodiscard]] const OctaveSearch& part_of(std::size_t trial) const;
  [[nodiscard]] const BlockNotes& notes() const noexcept { return notes_; }
  [[nodiscard]] std::uint64_t hits_dropped() const noexcept;

 private:
  [[nodiscard]] std::vector<std::unique_ptr<OctaveSearch>> make_parts(
      const Observation& observation, const SearchLimits& limits);
  [[nodiscard]] std::size_t count_octaves_left_out(const Shed& shed);
  void condition_block(RawHistory& raw, std::size_t window, std::size_t samples);
  void take_unused(const FilterbankChunk& block, bool skip, bool silent);
  [[nodiscard]] QuantisedRows begin_rows();
  void search_block(bool skip, std::size_t octaves_left_out);

  SearchConfig config_;  // of the parts, which refer to it
  std::size_t block_;
  const SearchTrials& trials_;
  WorkerPool& pool_;
  SearchCounts& counts_;
  QuantisedConditioner conditioner_;
  BlockNotes notes_;
  std::vector<std::unique_ptr<OctaveSearch>> parts_;  // by trial
  RowLevels rows_;
  std::uint64_t unused_ = 0;  // samples that nothing was in, until now
  bool rows_behind_ = false;  // the rows of the block before were not made
};

}  // namespace draftstream
