#include "engine/tree/tree_search.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>

#include "engine/stopwatch.hpp"
#include "engine/tree/refine_patch.hpp"
#include "engine/tree/search_octaves.hpp"

namespace draftstream {
namespace {

// What refinement may look at in front of a tile.
constexpr std::uint64_t lookback_samples = std::uint64_t{2} * widest_boxcar;

std::vector<DispersionMeasure> all_trials(const std::vector<Octave>& octaves) {
  std::vector<DispersionMeasure> trials;
  for (const Octave& octave : octaves) {
    for (const double trial : octave.trials) trials.emplace_back(trial);
  }
  return trials;
}

// Of one trial's boxes, by place: brightest first, each takes along those that lie within both
// widths of it. So two narrow pulses stay two, although wide boxes hold both.
void keep_peaks(std::span<const Detection> boxes, std::vector<Detection>& peaks) {
  std::vector<std::size_t> order(boxes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::uint32_t widest = 0;
  for (const Detection& box : boxes) widest = std::max(widest, box.width);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return boxes[a].snr != boxes[b].snr ? boxes[a].snr > boxes[b].snr : a < b;
  });
  std::vector<bool> taken(boxes.size(), false);
  for (const std::size_t brightest : order) {
    if (taken[brightest]) continue;
    Detection peak = boxes[brightest];
    peak.members = 0;
    const auto beside = [&](const Detection& box) {
      const std::uint64_t margin = peak.width + box.width;
      return box.first < peak.end() + margin && peak.first < box.end() + margin;
    };
    const auto begins_before = [](const Detection& box, std::uint64_t n) { return box.first < n; };
    const std::uint64_t reach = peak.width + 2 * std::uint64_t{widest};
    const std::uint64_t from = peak.first > reach ? peak.first - reach : 0;
    for (auto box = std::lower_bound(boxes.begin(), boxes.end(), from, begins_before);
         box != boxes.end() && box->first < peak.end() + reach; ++box) {
      const auto place = static_cast<std::size_t>(box - boxes.begin());
      if (taken[place] || !beside(*box)) continue;
      taken[place] = true;
      ++peak.members;
    }
    peaks.push_back(peak);
  }
}

// The same for all trials. @param boxes  By trial, then by place.
std::vector<Detection> peaks_of(const std::vector<Detection>& boxes) {
  std::vector<Detection> peaks;
  for (auto begin = boxes.begin(); begin != boxes.end();) {
    const auto end = std::find_if(begin, boxes.end(), [trial = begin->trial](const Detection& box) {
      return box.trial != trial;
    });
    const std::size_t before = peaks.size();
    keep_peaks({begin, end}, peaks);
    std::sort(peaks.begin() + static_cast<std::ptrdiff_t>(before), peaks.end(),
              [](const Detection& a, const Detection& b) { return a.first < b.first; });
    begin = end;
  }
  return peaks;
}

std::vector<std::size_t> histories(const std::vector<std::unique_ptr<OctaveSearch>>& parts) {
  std::vector<std::size_t> longest{0};
  for (const auto& part : parts) {
    longest.resize(std::max(longest.size(), part->level() + 1));
    longest[part->level()] = std::max(longest[part->level()], part->history());
  }
  return longest;
}

}  // namespace

TreeSearch::TreeSearch(const Observation& observation, const SearchConfig& config,
                       const SearchLimits& limits, LookSettings looks)
    : config_{config},
      looked_at_{looks.wanted()},
      reach_{tile_grid::reach(limits.widest)},
      widest_{limits.widest},
      block_{limits.block},
      pool_{config.threads},
      octaves_{split_for_threads(observation, octaves_of_search(observation, config, limits.block),
                                 config.backend == BackEnd::cpu ? pool_.threads() : 1)},
      plan_{observation.frequency, observation.time.sample_time, all_trials(octaves_)},
      conditioner_{observation.frequency, observation.format, config.condition, pool_},
      notes_{observation.frequency.channels(), block_, raw_samples()},
      parts_{make_parts(observation, limits)},
      rows_{observation.frequency.channels(), block_, histories(parts_)},
      dedisperser_{limits.live_channels},
      refiner_{plan_, dedisperser_, observation.time.sample_time, limits.widest},
      finisher_{plan_, most_detections_a_tile, limits.most_peaks, pool_},
      judging_{looked_at_ ? std::make_unique<Judging>(observation, std::move(looks), pool_)
                          : nullptr},
      tiles_(lag() / block_ + 4) {}

std::vector<std::unique_ptr<OctaveSearch>> TreeSearch::make_parts(const Observation& observation,
                                                                  const SearchLimits& limits) {
  const OctaveSetup setup{observation, config_, limits, plan_, notes_};
  std::vector<std::unique_ptr<OctaveSearch>> parts;
  std::size_t trial = 0;
  for (const Octave& octave : octaves_) {
    parts.push_back(std::make_unique<OctaveSearch>(setup, octave, trial, pool_));
    trial += octave.trials.size();
  }
  return parts;
}

// Candidates are final two tiles after they were found, and judged one block later.
std::size_t TreeSearch::raw_samples_of(std::size_t longest_delay, unsigned most_downsample,
                                       std::size_t block, const LookReach* looks) noexcept {
  const std::size_t blocks = looks == nullptr ? 3 : 3 + Judging::blocks;
  const std::size_t before = looks == nullptr ? 0 : looks->before;
  return blocks * block + lag_of(longest_delay, most_downsample, looks) + lookback_samples + before;
}

std::size_t TreeSearch::raw_samples() const noexcept {
  return raw_samples_of(plan_.longest_delay(), octaves_.back().downsample, block_, reach());
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

void TreeSearch::take(RawHistory& raw, std::size_t window, std::size_t samples,
                      const CandidateSink& sink) {
  taken_ = raw.taken();
  {
    const Stopwatch watch{counts_.seconds.condition};
    const QuantisedRows rows = rows_.begin_block(pool_);
    QuantisedBlock& block = notes_.next();
    const std::size_t skipped = window - samples;
    conditioner_.condition(raw.newest(window), skipped, rows, block,
                           [this, samples](std::size_t begin, std::size_t end) {
                             rows_.complete(begin, end, samples);
                           });
    notes_.add(skipped);
    counts_.count_block(std::span{std::as_const(block.fates)}.subspan(skipped), block.flagged);
  }
  search_block();
  judge_tiles(raw, sink);
}

void TreeSearch::finish(const RawHistory& raw, const CandidateSink& sink) {
  while (tile_ < taken_) {  // the ends of tracks lie behind the end of the data
    (void)rows_.begin_block(pool_);
    rows_.complete(0, pool_);
    notes_.add_nothing();
    search_block();
    judge_tiles(raw, sink);
  }
  if (judging_ == nullptr) {
    finisher_.finish(sink);
  } else {
    hand_out_judged(raw, sink);
    std::vector<Candidate> last;
    finisher_.finish([&](const Candidate& candidate) { last.push_back(candidate); });
    judging_->begin(std::move(last), taken_, raw, notes_, counts_);
    hand_out_judged(raw, sink);
  }
  count_candidates();
}

// Those of the block before are handed on first: all come in order.
void TreeSearch::judge_tiles(const RawHistory& raw, const CandidateSink& sink) {
  if (judging_ == nullptr) {
    finish_tiles(raw, sink);
    return;
  }
  hand_out_judged(raw, sink);
  std::vector<Candidate> finals;
  finish_tiles(raw, [&](const Candidate& candidate) { finals.push_back(candidate); });
  const std::uint64_t known = tile_ > block_ ? tile_ - block_ : 0;
  judging_->begin(std::move(finals), known, raw, notes_, counts_);
  if (!judging_->judges()) hand_out_judged(raw, sink);
}

void TreeSearch::hand_out_judged(const RawHistory& raw, const CandidateSink& sink) {
  const auto refine = [&](double middle, DispersionMeasure dm, double width) {
    return refine_find(middle, dm, width, raw);
  };
  judging_->finish(raw, notes_, refine, sink, counts_);
  count_candidates();
}

void TreeSearch::search_block() {
  {
    const Stopwatch watch{counts_.seconds.dedisperse};
    pool_.for_each(parts_.size(), [this](std::size_t i, std::size_t) { parts_[i]->search(rows_); });
  }
  const Stopwatch watch{counts_.seconds.cluster};
  hits_dropped_ = 0;
  for (const auto& part : parts_) {
    hits_dropped_ += part->hits_dropped();
    counts_.boxes += part->boxes_looked_at();
    counts_.boxes_above += part->detections().size();
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
  while (tile_ < taken_ && tile_ + block_ + lag() <= notes_.end()) {
    std::vector<Detection>& detections = tiles_[tile_ / block_ % tiles_.size()];
    std::sort(detections.begin(), detections.end(), [](const Detection& a, const Detection& b) {
      if (a.trial != b.trial) return a.trial < b.trial;
      return a.first != b.first ? a.first < b.first : a.width < b.width;
    });
    const SampleRange reach{tile_ > lookback_samples ? tile_ - lookback_samples : 0,
                            tile_ + block_ + Refiner::reach_samples};
    finisher_.take_tile(
        peaks_of(detections), [&](const Detection& peak) { return refine(peak, raw, reach); },
        sink);
    detections.clear();
    tile_ += block_;
    count_candidates();
  }
}

const OctaveSearch& TreeSearch::part_of(std::size_t trial) const {
  const auto above =
      std::upper_bound(parts_.begin(), parts_.end(), trial,
                       [](std::size_t one, const auto& part) { return one < part->first_trial(); });
  return **(above - 1);
}

Candidate TreeSearch::refine(const Detection& peak, const RawHistory& raw,
                             const SampleRange& reach) const {
  const OctaveSearch& part = part_of(peak.trial);
  const auto width = std::lower_bound(pyramid_widths.begin(), pyramid_widths.end(),
                                      peak.width / part.downsample());
  // Of the block that its tile belongs to: it may begin in the one before.
  const std::uint64_t middle = peak.first + peak.width / 2;
  const double left = static_cast<double>(
      part.share(peak.trial, static_cast<std::size_t>(width - pyramid_widths.begin()),
                 notes_.good_samples(middle)));
  if (left == 0.0) return {};  // a find: wider than what is known of the noise
  const double least_goods =
      (1.0 - config_.max_frac_missing) * static_cast<double>(notes_.good_channels(middle));
  const NearTracks near = refiner_.tracks_near(peak, reach);
  const RefinePatch patch{raw, notes_, plan_, near};
  return refiner_.refine(peak, patch, left, least_goods, reach);
}

// As if the search had found it at the nearest trial, with the nearest width of its boxes.
Candidate TreeSearch::refine_find(double middle, DispersionMeasure dm, double width,
                                  const RawHistory& raw) const {
  std::size_t trial = 0;
  for (std::size_t t = 1; t < plan_.trials() && plan_.trial(t) <= dm; ++t) trial = t;
  if (trial + 1 < plan_.trials() && plan_.trial(trial + 1) - dm < dm - plan_.trial(trial)) ++trial;
  const unsigned downsample = part_of(trial).downsample();
  Detection found;
  found.trial = static_cast<std::uint32_t>(trial);
  found.width = downsample;
  for (const std::uint32_t box : pyramid_widths) {
    const std::uint32_t samples = box * downsample;
    if (samples <= widest_ && std::abs(samples - width) < std::abs(found.width - width)) {
      found.width = samples;
    }
  }
  found.first = static_cast<std::uint64_t>(std::max(0.0, middle - 0.5 * found.width));
  if (found.first >= taken_) return {};
  const SampleRange reach{found.first > lookback_samples ? found.first - lookback_samples : 0,
                          found.first + Refiner::reach_samples};
  return refine(found, raw, reach);
}

void TreeSearch::count_candidates() {
  counts_.candidates = finisher_.candidates() + counts_.finds;
  counts_.candidates_dropped = finisher_.peaks_dropped();
  counts_.detections_dropped = finisher_.detections_dropped() + hits_dropped_;
}

}  // namespace draftstream
