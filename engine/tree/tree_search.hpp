// Searching by trees of shifted sums: the fast engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/infer/judging.hpp"
#include "engine/search_engine.hpp"
#include "engine/search_limits.hpp"
#include "engine/tree/search_trials.hpp"
#include "engine/tree/tree_blocks.hpp"
#include "engine/tree/tree_refinement.hpp"
#include "engine/worker_pool.hpp"

namespace draftstream {

/// A tree's time is that of the lowest channel: its boxes are put in order at the highest one, in
/// tiles of one block, and a tile goes to the clusters when the longest track that ends in it has
/// been summed.
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
  [[nodiscard]] std::size_t trials() const noexcept override { return trials_.plan.trials(); }
  [[nodiscard]] std::uint64_t longest_delay() const noexcept override {
    return trials_.plan.longest_delay();
  }

 private:
  [[nodiscard]] static std::size_t lag_of(std::size_t longest_delay, unsigned most_downsample,
                                          const LookReach* looks) noexcept;
  [[nodiscard]] std::size_t lag() const noexcept {
    return lag_of(trials_.plan.longest_delay(), trials_.most_downsample(), reach());
  }
  [[nodiscard]] const LookReach* reach() const noexcept { return looked_at_ ? &reach_ : nullptr; }
  void collect_detections();
  void finish_tiles(const RawHistory& raw, const CandidateSink& sink);
  void judge_tiles(const RawHistory& raw, bool judge, const CandidateSink& sink);
  void hand_out_judged(const RawHistory& raw, const CandidateSink& sink);
  void count_candidates();

  bool looked_at_;   // are candidates?
  LookReach reach_;  // then
  std::size_t block_;
  WorkerPool pool_;
  SearchTrials trials_;
  SearchCounts counts_;
  TreeBlocks blocks_;
  TreeRefinement refinement_;
  CandidateFinisher finisher_;
  std::unique_ptr<Judging> judging_;  // null: candidates are handed on as they are

  std::vector<std::vector<Detection>> tiles_;  // those not finished yet, in a ring
  std::uint64_t taken_ = 0;                    // samples of the observation so far
  std::uint64_t tile_ = 0;                     // where the next tile to be finished begins
};

}  // namespace draftstream
