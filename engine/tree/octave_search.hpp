// The search of neighbouring trials at one time resolution, by one tree.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/boxcar.hpp"
#include "engine/cuda/tree_device.hpp"
#include "engine/noise_model.hpp"
#include "engine/search_limits.hpp"
#include "engine/tree/block_notes.hpp"
#include "engine/tree/box_search.hpp"
#include "engine/tree/noise_watch.hpp"
#include "engine/tree/octaves.hpp"
#include "engine/tree/row_levels.hpp"
#include "engine/tree/tree_dedisperser.hpp"

namespace draftstream {

/// What a part of the search needs to know of the whole.
struct OctaveSetup {
  const Observation& observation;
  const SearchConfig& config;
  const SearchLimits& limits;
  const DmPlan& plan;       ///< All trials, at the recording's time resolution.
  const BlockNotes& notes;  ///< Of everything that its tracks reach back to.
};

/// Trials are looked after in groups of so many, counted from the first of their octave: what
/// happens to a trial does not depend on which part of the octave it is in.
inline constexpr std::size_t group_trials = 32;

/// Takes each block's rows, and remembers the boxes that reach the threshold until it is asked for
/// them. Nothing is shared between objects: many may run side by side.
///
/// Threads: one at a time per object.
class OctaveSearch {
 public:
  /// @param octave       The trials of this part.
  /// @param first_trial  Index of the first of them among all.
  OctaveSearch(const OctaveSetup& setup, const Octave& octave, std::size_t first_trial,
               WorkerPool& pool);

  /// What the boxes above the threshold may take, in a storm.
  [[nodiscard]] static std::size_t hit_bytes_of(std::size_t trials) noexcept;

  /// Sums and searches the newest block.
  void search(const RowLevels& rows);
  /// Goes past the newest block, without its rows: tracks that end in it are not searched, and of
  /// those that cross it only what lies behind it is summed. What was found before is still
  /// described.
  void pass();

  /// Those that the newest block completed, by trial, then by time: all samples of their tile, as
  /// their trial sees it, are known.
  [[nodiscard]] std::span<const Detection> detections() const noexcept { return detections_; }

  /// Is all known of a trial's tile? Those that were are asked for, too.
  /// @param trial  Among all.
  /// @param tile   Its number.
  [[nodiscard]] bool has_described(std::size_t trial, std::uint64_t tile) const;

  /// Of the variance of a box, what conditioning leaves; 0 if boxes of that width are not searched.
  /// @param trial         Among all.
  /// @param good_samples  That the channels' means were taken over.
  [[nodiscard]] float share(std::size_t trial, std::size_t width, std::size_t good_samples) const;

  [[nodiscard]] unsigned downsample() const noexcept { return downsample_; }
  [[nodiscard]] std::size_t level() const noexcept { return level_; }
  [[nodiscard]] std::size_t history() const noexcept { return tree_.history(); }
  /// How far back a series looks, about: behind so many samples without data it is 0.
  [[nodiscard]] std::size_t reach() const noexcept;
  [[nodiscard]] std::size_t first_trial() const noexcept { return first_trial_; }
  [[nodiscard]] std::size_t trials() const noexcept { return sigmas_.size(); }
  /// Boxes that the newest block's samples are the last ones of, at all places.
  [[nodiscard]] std::uint64_t boxes_looked_at() const noexcept;
  [[nodiscard]] std::uint64_t hits_dropped() const noexcept { return hits_dropped_; }

 private:
  /// Neighbouring trials.
  struct Group {
    double goods = -1.0;                // good channels that thresholds were made for, at least
    std::size_t samples = 0;            // and good samples
    std::uint64_t searched_widths = 0;  // of all its trials
    bool uniform = false;               // all tracks of the block cross the same good channels
    std::vector<CellBoxes> hits;
  };

  void begin_block(bool summed);
  void restart();
  void set_thresholds(std::size_t group);
  void sum_on_device(const RowLevels& rows);
  void keep_best(std::vector<CellBoxes>& hits, std::size_t most);
  void describe_hits();
  [[nodiscard]] bool is_summed(std::uint64_t sample) const noexcept;
  [[nodiscard]] double rank(const CellBoxes& hit) const;
  [[nodiscard]] std::int64_t at_highest(const CellBoxes& hit) const noexcept;
  [[nodiscard]] bool describe(const CellBoxes& hit, Detection& detection);
  void look_at_tile(std::size_t trial, std::uint64_t tile);
  [[nodiscard]] bool summed(std::uint64_t block) const { return summed_[block % kept_blocks_]; }

  const SearchConfig& config_;
  const DmPlan& plan_;
  const BlockNotes& notes_;
  std::uint32_t widest_;  // [samples of the recording]
  std::size_t channels_;
  unsigned downsample_;
  std::size_t level_;
  std::size_t first_trial_;
  std::size_t noise_tiles_;
  std::size_t kept_blocks_;  // of series
  TreeDedisperser tree_;
  std::unique_ptr<TreeDevice> device_;  // null: tree_ sums, boxes_ finds
  NoiseModel noise_;
  BoxSearch boxes_;
  NoiseWatch watch_;
  std::vector<float> sigmas_;              // [trial]: of its series, all channels good
  std::vector<BoxThresholds> thresholds_;  // [trial]
  std::vector<Group> groups_;
  std::vector<FoundCell> found_;      // by the device, in the newest block
  std::vector<std::int16_t> series_;  // of a block, from the device
  std::uint64_t begin_ = 0;           // first sample of the block, at the lowest channel
  std::uint64_t end_ = 0;
  std::uint64_t reference_ = 0;  // a sample of the newest block that has data
  std::vector<bool> summed_;     // [block mod those that are kept]: was it?
  std::vector<Detection> detections_;
  std::uint64_t hits_dropped_ = 0;

  // Of the trial and tile that hits are being described of.
  WatchedTile tile_;
  std::uint64_t tile_first_ = 0;      // sample, at the highest channel
  bool tile_uniform_ = false;         // all its boxes hold the same good samples
  std::vector<float> goods_;          // [stretch]
  std::vector<std::int32_t> delays_;  // [channel]
};

/// Splits octaves, the dearest first, until their trees can be shared out evenly over threads. What
/// is found does not depend on it.
std::vector<Octave> split_for_threads(const Observation& observation, std::vector<Octave> octaves,
                                      std::size_t threads);

}  // namespace draftstream
