// The plain way of searching: every trial is one sum over the channels. It defines what any faster
// way has to find.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/boxcar.hpp"
#include "engine/condition.hpp"
#include "engine/dedisperse.hpp"
#include "engine/dm_plan.hpp"
#include "engine/history.hpp"
#include "engine/noise_model.hpp"
#include "engine/refine.hpp"
#include "engine/search_engine.hpp"
#include "engine/search_limits.hpp"
#include "engine/worker_pool.hpp"

namespace draftstream {

/// Everything happens in tiles of one block: conditioning runs ahead by the longest delay, and tile
/// [o, o + B) is dedispersed once every sample it reaches for is conditioned.
class DirectSearch final : public SearchEngine {
 public:
  DirectSearch(const Observation& observation, const SearchConfig& config,
               const SearchLimits& limits);

  [[nodiscard]] std::size_t raw_samples() const noexcept override { return block_; }
  void take(RawHistory& raw, std::size_t window, std::size_t samples, const Shed& shed,
            const CandidateSink& sink) override;
  void finish(const RawHistory& raw, const CandidateSink& sink) override;

  [[nodiscard]] const SearchCounts& counts() const noexcept override { return counts_; }
  [[nodiscard]] std::uint64_t samples_searched() const noexcept override;
  [[nodiscard]] std::size_t trials() const noexcept override { return plan_.trials(); }
  [[nodiscard]] std::uint64_t longest_delay() const noexcept override {
    return plan_.longest_delay();
  }

 private:
  /// What is remembered of a conditioned block.
  struct BlockNotes {
    std::size_t good_samples = 0;
    std::size_t good_channels = 0;
    std::vector<std::uint8_t> channel;  // [channel]: all samples good (1), none (0), some (2)
  };

  /// One thread's buffers.
  struct Worker {
    std::vector<float> sums;
    std::vector<std::uint16_t> goods;
    std::vector<std::int32_t> delays;
    std::vector<float> shares;
    BoxcarSearch boxes;
  };

  void store(const FilterbankChunk& window, std::size_t samples);
  void search_ready_tiles(const CandidateSink& sink);
  void search_tile(const CandidateSink& sink);
  void search_trials(std::size_t first_trial, Worker& worker, std::vector<Detection>& found);
  [[nodiscard]] Candidate refine(const Detection& peak) const;
  void find_uniformity();
  void count_candidates();
  [[nodiscard]] const BlockNotes& notes(std::uint64_t block_index) const {
    return notes_[block_index % notes_.size()];
  }
  [[nodiscard]] double share(std::size_t trial, std::size_t width_index) const;

  SearchConfig config_;
  WorkerPool pool_;
  DmPlan plan_;
  std::vector<std::uint32_t> widths_;
  std::size_t block_;     // samples of a block and of a tile
  std::size_t lookback_;  // samples of a series kept from the tile before
  Conditioner conditioner_;
  SampleHistory history_;
  Dedisperser dedisperser_;
  NoiseModel noise_;
  Refiner refiner_;
  CandidateFinisher finisher_;
  std::vector<Worker> workers_;

  ConditionedBlock conditioned_;
  std::vector<BlockNotes> notes_;  // by block index, as far back as the history

  std::uint64_t taken_ = 0;            // samples of the observation so far
  std::uint64_t conditioned_end_ = 0;  // whole blocks
  std::uint64_t tile_ = 0;             // where the next tile begins
  std::size_t tile_samples_ = 0;       // of the tile being searched
  bool finished_ = false;

  // Of the tile being searched: are the good samples of every sum the same number?
  bool uniform_ = false;
  std::uint16_t uniform_goods_ = 0;
  bool uniform_before_ = false;
  std::uint16_t uniform_goods_before_ = 0;
  double least_goods_ = 0.0;

  std::vector<float> tail_sums_;           // [trial][lookback]
  std::vector<std::uint16_t> tail_goods_;  // [trial][lookback]
  std::uint64_t peaks_dropped_ = 0;
  SearchCounts counts_;
};

}  // namespace draftstream
