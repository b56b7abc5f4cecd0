#include "engine/direct_search.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/stopwatch.hpp"

namespace draftstream {
namespace {

constexpr std::size_t trials_a_task = 16;  // share the rows they read while these are in cache

// What refinement may look at in front of a tile.
constexpr std::uint64_t lookback_samples = std::uint64_t{2} * widest_boxcar;

}  // namespace

DirectSearch::DirectSearch(const Observation& observation, const SearchConfig& config,
                           const SearchLimits& limits)
    : config_{config},
      pool_{config.threads},
      plan_{observation.frequency, observation.time.sample_time,
            DmRange{config.dm_min, config.dm_max, config.dm_tolerance}},
      widths_{boxcar_widths(limits.widest)},
      block_{limits.block},
      lookback_{widths_.back() - 1},
      conditioner_{observation.frequency, observation.format, config.condition, pool_},
      history_{observation.frequency.channels(),
               2 * block_ + plan_.longest_delay() + Refiner::reach_samples + lookback_samples,
               block_},
      dedisperser_{limits.live_channels},
      noise_{plan_, dedisperser_.channels(), widths_, config.condition.zero_dm, pool_},
      refiner_{plan_, dedisperser_, observation.time.sample_time, widths_.back()},
      finisher_{plan_, most_detections_a_tile, limits.most_peaks, pool_},
      notes_((plan_.longest_delay() + Refiner::reach_samples + lookback_samples) / block_ + 4),
      tail_sums_(plan_.trials() * lookback_),
      tail_goods_(plan_.trials() * lookback_) {
  for (BlockNotes& note : notes_) note.channel.assign(observation.frequency.channels(), 0);
  for (std::size_t i = 0; i < pool_.threads(); ++i) {
    workers_.push_back({std::vector<float>(trials_a_task * (lookback_ + block_)),
                        std::vector<std::uint16_t>(trials_a_task * (lookback_ + block_)),
                        std::vector<std::int32_t>(trials_a_task * plan_.channels()),
                        std::vector<float>(widths_.size()),
                        BoxcarSearch{widths_, config.threshold_snr}});
  }
}

std::uint64_t DirectSearch::samples_searched() const noexcept {
  return std::min(tile_, taken_);
}

void DirectSearch::take(RawHistory& raw, std::size_t window, std::size_t samples,
                        const Shed& /*shed*/, const CandidateSink& sink) {
  taken_ = raw.taken();
  store(raw.newest(window), samples);
  search_ready_tiles(sink);
}

void DirectSearch::finish(const RawHistory& /*raw*/, const CandidateSink& sink) {
  finished_ = true;
  search_ready_tiles(sink);
  const Stopwatch watch{counts_.seconds.cluster};
  finisher_.finish(sink);
  count_candidates();
}

// Conditions a window and keeps its last samples, which are a block (or what there is of one).
void DirectSearch::store(const FilterbankChunk& window, std::size_t samples) {
  const Stopwatch watch{counts_.seconds.condition};
  conditioner_.condition(window, conditioned_);
  const std::uint64_t first = window.end() - samples;
  const std::size_t skipped = window.samples() - samples;
  BlockNotes& note = notes_[first / block_ % notes_.size()];
  note.good_samples = conditioned_.good_samples;
  pool_.for_each(conditioned_.channels, [&](std::size_t c, std::size_t) {
    const auto weights = std::as_const(conditioned_).weight_row(c).subspan(skipped);
    history_.store(c, first, std::as_const(conditioned_).row(c).subspan(skipped), weights);
    const auto good =
        static_cast<std::size_t>(std::count(weights.begin(), weights.end(), Weight::good));
    note.channel[c] = good == 0 ? 0 : (good == block_ ? 1 : 2);
  });
  note.good_channels = 0;
  for (const std::uint32_t c : dedisperser_.channels()) {
    const bool has_data = conditioned_.scaling[c].factor != 0.0F;
    note.good_channels += has_data && !conditioned_.flagged[c] ? 1 : 0;
  }
  counts_.count_block(std::span{conditioned_.fates}.subspan(skipped), conditioned_.flagged);
  conditioned_end_ = first + block_;
}

void DirectSearch::search_ready_tiles(const CandidateSink& sink) {
  while (tile_ < taken_) {
    const std::uint64_t needed = tile_ + block_ + plan_.longest_delay() + Refiner::reach_samples;
    while (finished_ && conditioned_end_ < needed) {  // behind the end there are no data
      BlockNotes& note = notes_[conditioned_end_ / block_ % notes_.size()];
      note.good_samples = 0;
      note.good_channels = 0;
      std::fill(note.channel.begin(), note.channel.end(), std::uint8_t{0});
      for (std::size_t c = 0; c < history_.channels(); ++c) {
        history_.store(c, conditioned_end_, {}, {});
      }
      conditioned_end_ += block_;
    }
    if (conditioned_end_ < needed) return;
    tile_samples_ = static_cast<std::size_t>(std::min<std::uint64_t>(block_, taken_ - tile_));
    search_tile(sink);
    tile_ += block_;
  }
}

// Are all blocks that a channel's samples of this tile lie in wholly good, or wholly not?
void DirectSearch::find_uniformity() {
  uniform_before_ = uniform_ || tile_ == 0;
  uniform_goods_before_ = uniform_goods_;
  uniform_ = true;
  uniform_goods_ = 0;
  const std::uint64_t first_block = tile_ / block_;
  const std::uint64_t last_block = (tile_ + block_ - 1 + plan_.longest_delay()) / block_;
  for (const std::uint32_t c : dedisperser_.channels()) {
    const std::uint8_t state = notes(first_block).channel[c];
    for (std::uint64_t b = first_block; b <= last_block && uniform_; ++b) {
      uniform_ = notes(b).channel[c] == state && state != 2;
    }
    if (!uniform_) return;
    uniform_goods_ = static_cast<std::uint16_t>(uniform_goods_ + state);
  }
}

double DirectSearch::share(std::size_t trial, std::size_t width_index) const {
  // A box that fills more of its baseline than this cannot be told from a drift of it.
  const std::size_t statistics = notes(tile_ / block_).good_samples;
  if (boxes_a_block * widths_[width_index] > statistics) return 0.0;
  if (config_.condition.zero_dm == ZeroDm::off) {
    return 1.0 - widths_[width_index] / static_cast<double>(statistics);
  }
  return static_cast<double>(noise_.zero_dm_share(trial, width_index));
}

void DirectSearch::search_tile(const CandidateSink& sink) {
  find_uniformity();
  const std::size_t good_channels = notes(tile_ / block_).good_channels;
  least_goods_ = (1.0 - config_.max_frac_missing) * static_cast<double>(good_channels);
  const std::size_t tasks = (plan_.trials() + trials_a_task - 1) / trials_a_task;
  std::vector<std::vector<Detection>> found(tasks);
  const bool nothing_there = least_goods_ <= 0.0 || (uniform_ && uniform_goods_ == 0);
  if (!nothing_there) {
    const Stopwatch watch{counts_.seconds.dedisperse};
    pool_.for_each(tasks, [&](std::size_t task, std::size_t worker) {
      search_trials(task * trials_a_task, workers_[worker], found[task]);
    });
  } else {
    uniform_ = false;  // nor do the tails, which the next tile looks back on, hold anything
    std::fill(tail_goods_.begin(), tail_goods_.end(), std::uint16_t{0});
    std::fill(tail_sums_.begin(), tail_sums_.end(), 0.0F);
  }
  const Stopwatch watch{counts_.seconds.cluster};
  std::vector<Detection> detections;
  for (const auto& part : found) detections.insert(detections.end(), part.begin(), part.end());
  BoxCounts boxes;
  for (const Worker& worker : workers_) boxes += worker.boxes.counts();
  counts_.boxes = boxes.boxes;
  counts_.boxes_above = boxes.above;
  peaks_dropped_ = boxes.peaks_dropped;
  finisher_.take_tile(
      std::move(detections), [this](const Detection& peak) { return refine(peak); }, sink);
  count_candidates();
}

void DirectSearch::search_trials(std::size_t first_trial, Worker& worker,
                                 std::vector<Detection>& found) {
  const std::size_t count = std::min(trials_a_task, plan_.trials() - first_trial);
  const std::size_t front = tile_ == 0 ? 0 : lookback_;
  const std::size_t length = front + tile_samples_;
  const std::size_t stride = lookback_ + block_;
  std::array<std::span<const std::int32_t>, trials_a_task> delays;
  std::array<std::span<float>, trials_a_task> sums;
  std::array<std::span<std::uint16_t>, trials_a_task> goods;
  for (std::size_t k = 0; k < count; ++k) {
    const auto track = std::span{worker.delays}.subspan(k * plan_.channels(), plan_.channels());
    plan_.delays(plan_.trial(first_trial + k), track);
    delays[k] = track;
    const std::size_t tail = (first_trial + k) * lookback_;
    std::copy_n(tail_sums_.data() + tail, front, worker.sums.data() + k * stride);
    std::copy_n(tail_goods_.data() + tail, front, worker.goods.data() + k * stride);
    sums[k] = std::span{worker.sums}.subspan(k * stride + front, tile_samples_);
    goods[k] = std::span{worker.goods}.subspan(k * stride + front, tile_samples_);
    if (uniform_) std::fill(goods[k].begin(), goods[k].end(), uniform_goods_);
  }
  const std::span tracks = std::span{delays}.first(count);
  dedisperser_.sum(history_, tracks, tile_, std::span{sums}.first(count));
  if (!uniform_) dedisperser_.count(history_, tracks, tile_, std::span{goods}.first(count));
  const bool uniform =
      uniform_ && (front == 0 || (uniform_before_ && uniform_goods_before_ == uniform_goods_));
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t trial = first_trial + k;
    for (std::size_t w = 0; w < widths_.size(); ++w) {
      worker.shares[w] = static_cast<float>(share(trial, w));
    }
    const auto all_sums = std::span{worker.sums}.subspan(k * stride, length);
    const auto all_goods = std::span{worker.goods}.subspan(k * stride, length);
    worker.boxes.search({all_sums, all_goods, tile_ - front, front, uniform}, worker.shares,
                        least_goods_, static_cast<std::uint32_t>(trial), found);
    if (tile_samples_ == block_) {  // else it was the last tile
      std::copy(all_sums.end() - static_cast<std::ptrdiff_t>(lookback_), all_sums.end(),
                tail_sums_.begin() + static_cast<std::ptrdiff_t>(trial * lookback_));
      std::copy(all_goods.end() - static_cast<std::ptrdiff_t>(lookback_), all_goods.end(),
                tail_goods_.begin() + static_cast<std::ptrdiff_t>(trial * lookback_));
    }
  }
}

Candidate DirectSearch::refine(const Detection& peak) const {
  const SampleRange reach{tile_ > lookback_samples ? tile_ - lookback_samples : 0,
                          tile_ + block_ + Refiner::reach_samples};
  const auto width = std::lower_bound(widths_.begin(), widths_.end(), peak.width);
  const double left = share(peak.trial, static_cast<std::size_t>(width - widths_.begin()));
  return refiner_.refine(peak, history_, left, least_goods_, reach);
}

void DirectSearch::count_candidates() {
  counts_.candidates = finisher_.candidates();
  counts_.candidates_dropped = finisher_.peaks_dropped();
  counts_.detections_dropped = finisher_.detections_dropped() + peaks_dropped_;
}

}  // namespace draftstream
