#include "engine/tree/tree_search.hpp"

#include <algorithm>
#include <utility>

#include "engine/stopwatch.hpp"
#include "engine/tree/trial_peaks.hpp"

namespace draftstream {

TreeSearch::TreeSearch(const Observation& observation, const SearchConfig& config,
                       const SearchLimits& limits, LookSettings looks)
    : looked_at_{looks.wanted()},
      reach_{tile_grid::reach(limits.widest)},
      block_{limits.block},
      pool_{config.threads},
      trials_{plan_trials(observation, config, limits.block, pool_.threads())},
      blocks_{observation, config, limits, trials_, raw_samples(), pool_, counts_},
      refinement_{observation, config, limits, trials_, blocks_},
      finisher_{trials_.plan, most_detections_a_tile, limits.most_peaks, pool_},
      judging_{looked_at_ ? std::make_unique<Judging>(observation, std::move(looks), pool_)
                          : nullptr},
      tiles_(lag() / block_ + 4) {}

// Candidates are final two tiles after they were found, and judged one block later.
std::size_t TreeSearch::raw_samples_of(std::size_t longest_delay, unsigned most_downsample,
                                       std::size_t block, const LookReach* looks) noexcept {
  const std::size_t blocks = looks == nullptr ? 3 : 3 + Judging::blocks;
  const std::size_t before = looks == nullptr ? 0 : looks->before;
  return blocks * block + lag_of(longest_delay, most_downsample, looks) +
         TreeRefinement::lookback_samples + before;
}

std::size_t TreeSearch::raw_samples() const noexcept {
  return raw_samples_of(trials_.plan.longest_delay(), trials_.most_downsample(), block_, reach());
}

// How far behind a tile's end, at the lowest channel, everything about it is known.
std::size_t TreeSearch::lag_of(std::size_t longest_delay, unsigned most_downsample,
                               const LookReach* looks) noexcept {
  const std::size_t looked_at = looks == nullptr ? 0 : looks->after;
  return longest_delay + std::max(box_lag * most_downsample, Refiner::reach_samples + looked_at);
}

std::uint64_t TreeSearch::samples_searched() const noexcept {
  return std::min(tile_, taken_);
}

void TreeSearch::take(RawHistory& raw, std::size_t window, std::size_t samples, const Shed& shed,
                      const CandidateSink& sink) {
  taken_ = raw.taken();
  const bool unjudged = shed.networks && judging_ != nullptr && judging_->judges();
  if (unjudged) ++counts_.shed.blocks_unjudged;
  blocks_.take(raw, window, samples, shed);
  collect_detections();
  judge_tiles(raw, !unjudged, sink);
}

void TreeSearch::finish(const RawHistory& raw, const CandidateSink& sink) {
  while (tile_ < taken_) {  // the ends of tracks lie behind the end of the data
    blocks_.take_nothing();
    collect_detections();
    judge_tiles(raw, true, sink);
  }
  if (judging_ == nullptr) {
    finisher_.finish(sink);
  } else {
    hand_out_judged(raw, sink);
    std::vector<Candidate> last;
    finisher_.finish([&](const Candidate& candidate) { last.push_back(candidate); });
    judging_->begin(std::move(last), taken_, raw, blocks_.notes(), true, counts_);
    hand_out_judged(raw, sink);
  }
  count_candidates();
}

// Those of the block before are handed on first: all come in order.
void TreeSearch::judge_tiles(const RawHistory& raw, bool judge, const CandidateSink& sink) {
  if (judging_ == nullptr) {
    finish_tiles(raw, sink);
    return;
  }
  hand_out_judged(raw, sink);
  std::vector<Candidate> finals;
  finish_tiles(raw, [&](const Candidate& candidate) { finals.push_back(candidate); });
  const std::uint64_t known = tile_ > block_ ? tile_ - block_ : 0;
  judging_->begin(std::move(finals), known, raw, blocks_.notes(), judge, counts_);
  if (!judging_->judges()) hand_out_judged(raw, sink);
}

void TreeSearch::hand_out_judged(const RawHistory& raw, const CandidateSink& sink) {
  const auto refine = [&](double middle, DispersionMeasure dm, double width) {
    return refinement_.refine_find(middle, dm, width, raw);
  };
  judging_->finish(raw, blocks_.notes(), refine, sink, counts_);
  count_candidates();
}

// Of the newest block, to the tiles that they lie in.
void TreeSearch::collect_detections() {
  const Stopwatch watch{counts_.seconds.cluster};
  for (const auto& part : blocks_.parts()) {
    for (const Detection& detection : part->detections()) {
      const std::uint64_t tile = (detection.end() - 1) / block_;
      if (tile * block_ < tile_ || detection.first >= taken_) continue;
      tiles_[tile % tiles_.size()].push_back(detection);
    }
  }
}

// A tile is done when the longest track that ends with it has been summed.
void TreeSearch::finish_tiles(const RawHistory& raw, const CandidateSink& sink) {
  const Stopwatch watch{counts_.seconds.cluster};
  while (tile_ < taken_ && tile_ + block_ + lag() <= blocks_.notes().end()) {
    std::vector<Detection>& detections = tiles_[tile_ / block_ % tiles_.size()];
    sort_by_trial(detections);
    constexpr std::uint64_t lookback = TreeRefinement::lookback_samples;
    const SampleRange reach{tile_ > lookback ? tile_ - lookback : 0,
                            tile_ + block_ + Refiner::reach_samples};
    finisher_.take_tile(
        peaks_of(detections),
        [&](const Detection& peak) { return refinement_.refine(peak, raw, reach); }, sink);
    detections.clear();
    tile_ += block_;
    count_candidates();
  }
}

void TreeSearch::count_candidates() {
  counts_.candidates = finisher_.candidates() + counts_.finds;
  counts_.candidates_dropped = finisher_.peaks_dropped();
  counts_.detections_dropped = finisher_.detections_dropped() + blocks_.hits_dropped();
}

}  // namespace draftstream
