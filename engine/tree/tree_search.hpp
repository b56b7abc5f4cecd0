// Searching by trees of shifted sums: the fast engine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/dedisperse.hpp"
#include "engine/dm_plan.hpp"
#include "engine/infer/judging.hpp"
#include "engine/refine.hpp"
#include "engine/search_engine.hpp"
#include "engine/search_limits.hpp"
#include "engine/tree/block_notes.hpp"
#include "engine/tree/octave_search.hpp"
#include "engine/tree/quantised_conditioner.hpp"
#include "engine/tree/row_levels.hpp"
#include "engine/worker_pool.hpp"

namespace draftstream {

/// Each block is conditioned to 8 bits, brought to the time resolution of each octave of DM, and
/// summed by the octave's tree; every piece of a trial's series is searched while it is in the
/// cache. A tree's time is that of the lowest channel: its boxes are put in order at the highest
/// one, in tiles of one block, and a tile goes to the clusters when the longest track that ends in
/// it has been summed.
class TreeSearch final : public SearchEngine {
 public:
  TreeSearch(const Observation& observation, const SearchConfig& config, const SearchLimits& limits,
             LookSettings looks = {});

  [[nodiscard]] std::size_t raw_samples() const noexcept override;
  /// The same before there is one.
  /// @param longest_delay  Of the trials [samples].
  /// @param looks          What looks at candidates reach for; null: nobody looks.
  [[nodiscard]] static std::size_t raw_samples_of(std::size_t longest_delay,
                                                  unsigned most_downsample, std::size_t block,
                                                  const LookReach* looks = nullptr) noexcept;
  void take(RawHistory& raw, std::size_t window, std::size_t samples, const Shed& shed,
            const CandidateSink& sink) override;
  [[nodiscard]] bool sheds() const noexcept override { return true; }
  void finish(const RawHistory& raw, const CandidateSink& sink) override;

  [[nodiscard]] const SearchCounts& counts() const noexcept override { return counts_; }
  [[nodiscard]] std::uint64_t samples_searched() const noexcept override;
  [[nodiscard]] std::size_t trials() const noexcept override { return plan_.trials(); }
  [[nodiscard]] std::uint64_t longest_delay() const noexcept override {
    return plan_.longest_delay();
  }

 private:
  [[nodiscard]] std::vector<std::unique_ptr<OctaveSearch>> make_parts(
      const Observation& observation, const SearchLimits& limits);
  [[nodiscard]] static std::size_t lag_of(std::size_t longest_delay, unsigned most_downsample,
                                          const LookReach* looks) noexcept;
  [[nodiscard]] std::size_t lag() const noexcept {
    return lag_of(plan_.longest_delay(), octaves_.back().downsample, reach());
  }
  [[nodiscard]] const LookReach* reach() const noexcept { return looked_at_ ? &reach_ : nullptr; }
  void condition_block(RawHistory& raw, std::size_t window, std::size_t samples);
  void take_unused(const FilterbankChunk& block, bool skip, bool silent);
  [[nodiscard]] QuantisedRows begin_rows();
  [[nodiscard]] Shed count_shed(Shed shed);
  void search_block(const Shed& shed);
  void finish_tiles(const RawHistory& raw, const CandidateSink& sink);
  void judge_tiles(const RawHistory& raw, bool judge, const CandidateSink& sink);
  void hand_out_judged(const RawHistory& raw, const CandidateSink& sink);
  [[nodiscard]] Candidate refine(const Detection& peak, const RawHistory& raw,
                                 const SampleRange& reach) const;
  [[nodiscard]] Candidate refine_find(double middle, DispersionMeasure dm, double width,
                                      const RawHistory& raw) const;
  [[nodiscard]] const OctaveSearch& part_of(std::size_t trial) const;
  void count_candidates();

  SearchConfig config_;
  bool looked_at_;   // are candidates?
  LookReach reach_;  // then
  std::uint32_t widest_;
  std::size_t block_;
  WorkerPool pool_;
  std::vector<std::size_t> octave_trials_;  // [octave]: its first trial
  std::vector<Octave> octaves_;             // split
  DmPlan plan_;
  QuantisedConditioner conditioner_;
  BlockNotes notes_;
  std::vector<std::unique_ptr<OctaveSearch>> parts_;  // by trial
  RowLevels rows_;
  Dedisperser dedisperser_;
  Refiner refiner_;
  CandidateFinisher finisher_;
  std::unique_ptr<Judging> judging_;  // null: candidates are handed on as they are

  std::vector<std::vector<Detection>> tiles_;  // those not finished yet, in a ring
  std::uint64_t taken_ = 0;                    // samples of the observation so far
  std::uint64_t tile_ = 0;                     // where the next tile to be finished begins
  std::uint64_t unused_ = 0;                   // samples that nothing was in, until now
  bool rows_behind_ = false;                   // the rows of the block before were not made
  std::uint64_t hits_dropped_ = 0;
  SearchCounts counts_;
};

}  // namespace draftstream
