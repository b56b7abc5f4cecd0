#include "engine/tree/tree_search.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>

#include "engine/stopwatch.hpp"
#include "engine/tree/refine_patch.hpp"
#include "engine/tree/search_octaves.hpp"
#include "engine/tree/trial_peaks.hpp"

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

std::vector<std::size_t> first_trials(const std::vector<Octave>& octaves) {
  std::vector<std::size_t> firsts;
  std::size_t trial = 0;
  for (const Octave& octave : octaves) {
    firsts.push_back(trial);
    trial += octave.trials.size();
  }
  return firsts;
}

// Spectra that are in no gap.
std::uint64_t arrived_of(const FilterbankChunk& block) {
  std::uint64_t samples = block.samples();
  for (const Gap& gap : block.gaps()) samples -= gap.samples;
  return samples;
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
      octave_trials_{first_trials(octaves_of_search(observation, config, limits.block))},
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

void TreeSearch::take(RawHistory& raw, std::size_t window, std::size_t samples, const Shed& shed,
                      const CandidateSink& sink) {
  taken_ = raw.taken();
  Shed left_out = count_shed(shed);
  if (window == samples && (left_out.block || arrived_of(raw.newest(samples)) == 0)) {
    // Where nothing has come in for long, all sums are 0: nothing is lost by not making them.
    const bool is_silent = unused_ >= parts_.back()->reach();
    take_unused(raw.newest(samples), left_out.block, left_out.block || is_silent);
    left_out.block = left_out.block || is_silent;
  } else {
    condition_block(raw, window, samples);
  }
  search_block(left_out);
  judge_tiles(raw, !left_out.networks, sink);
}

// What can be left out, of what should be.
Shed TreeSearch::count_shed(Shed shed) {
  shed.networks = shed.networks && judging_ != nullptr && judging_->judges();
  shed.octaves = shed.block ? 0 : std::min(shed.octaves, octave_trials_.size() - 1);
  if (shed.networks) ++counts_.shed.blocks_unjudged;
  if (shed.octaves > 0) ++counts_.shed.blocks_of_fewer_octaves;
  counts_.shed.octaves_left_out += shed.octaves;
  return shed;
}

// @param silent  Trees go past it, so nobody reads its rows.
void TreeSearch::take_unused(const FilterbankChunk& block, bool skip, bool silent) {
  const Stopwatch watch{counts_.seconds.condition};
  if (silent) {
    rows_behind_ = true;
  } else {
    (void)begin_rows();
    rows_.complete(0, pool_);
  }
  notes_.add_unused(block, Fate::overrun);
  const QuantisedBlock& notes = notes_.at(notes_.end() - 1);
  if (skip) {
    counts_.count_skipped(notes.fates, arrived_of(block));
    unused_ = parts_.back()->reach();  // trees begin anew behind it
  } else {
    counts_.count_block(notes.fates, notes.flagged);
    unused_ += block_;
  }
}

QuantisedRows TreeSearch::begin_rows() {
  if (std::exchange(rows_behind_, false)) rows_.forget(pool_);
  return rows_.begin_block(pool_);
}

void TreeSearch::condition_block(RawHistory& raw, std::size_t window, std::size_t samples) {
  const Stopwatch watch{counts_.seconds.condition};
  const QuantisedRows rows = begin_rows();
  QuantisedBlock& block = notes_.next();
  const std::size_t skipped = window - samples;
  conditioner_.condition(
      raw.newest(window), skipped, rows, block,
      [this, samples](std::size_t begin, std::size_t end) { rows_.complete(begin, end, samples); });
  notes_.add(skipped);
  counts_.count_block(std::span{std::as_const(block.fates)}.subspan(skipped), block.flagged);
  unused_ = 0;
}

void TreeSearch::finish(const RawHistory& raw, const CandidateSink& sink) {
  while (tile_ < taken_) {  // the ends of tracks lie behind the end of the data
    (void)begin_rows();
    rows_.complete(0, pool_);
    notes_.add_nothing();
    search_block({});
    judge_tiles(raw, true, sink);
  }
  if (judging_ == nullptr) {
    finisher_.finish(sink);
  } else {
    hand_out_judged(raw, sink);
    std::vector<Candidate> last;
    finisher_.finish([&](const Candidate& candidate) { last.push_back(candidate); });
    judging_->begin(std::move(last), taken_, raw, notes_, true, counts_);
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
  judging_->begin(std::move(finals), known, raw, notes_, judge, counts_);
  if (!judging_->judges()) hand_out_judged(raw, sink);
}

void TreeSearch::hand_out_judged(const RawHistory& raw, const CandidateSink& sink) {
  const auto refine = [&](double middle, DispersionMeasure dm, double width) {
    return refine_find(middle, dm, width, raw);
  };
  judging_->finish(raw, notes_, refine, sink, counts_);
  count_candidates();
}

void TreeSearch::search_block(const Shed& shed) {
  {
    const Stopwatch watch{counts_.seconds.dedisperse};
    // Octaves of which all is searched end before this trial.
    const std::size_t end = shed.block ? 0
                            : shed.octaves > 0
                                ? octave_trials_[octave_trials_.size() - shed.octaves]
                                : trials();
    pool_.for_each(parts_.size(), [this, end](std::size_t i, std::size_t) {
      if (parts_[i]->first_trial() < end) {
        parts_[i]->search(rows_);
      } else {
        parts_[i]->pass();
      }
    });
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

// @return S/N 0 where boxes of that width are not searched.
Candidate TreeSearch::refine(const Detection& peak, const RawHistory& raw,
                             const SampleRange& reach) const {
  const OctaveSearch& part = part_of(peak.trial);
  const auto width = std::lower_bound(pyramid_widths.begin(), pyramid_widths.end(),
                                      peak.width / part.downsample());
  // Of the block that its tile belongs to: it may begin in the one before.
  const std::uint64_t middle = std::min(peak.first + peak.width / 2, notes_.end() - 1);
  const double left = static_cast<double>(
      part.share(peak.trial, static_cast<std::size_t>(width - pyramid_widths.begin()),
                 notes_.good_samples(middle)));
  if (left == 0.0) return {};  // a find: wider than what is known of the noise
  const double least_goods =
      (1.0 - config_.max_frac_missing) * static_cast<double>(notes_.good_channels(middle));
  const NearTracks near = refiner_.tracks_near(peak, reach);
  const RefinePatch patch{raw, notes_, plan_, near};
  Candidate candidate = refiner_.refine(peak, patch, left, least_goods, reach);
  const auto sweep = static_cast<std::uint64_t>(std::ceil(plan_.sweep_samples(candidate.dm)));
  candidate.overrun = candidate.gap_within_event &&
                      notes_.any_overrun(candidate.first_sample,
                                         candidate.first_sample + candidate.boxcar_samples + sweep);
  return candidate;
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
