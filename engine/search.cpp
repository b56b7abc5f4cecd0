#include "engine/search.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "engine/boxcar.hpp"
#include "engine/cluster.hpp"
#include "engine/condition.hpp"
#include "engine/dedisperse.hpp"
#include "engine/dm_plan.hpp"
#include "engine/history.hpp"
#include "engine/noise_model.hpp"
#include "engine/refine.hpp"
#include "engine/worker_pool.hpp"
#include "ingest/errors.hpp"

namespace draftstream {
namespace {

// Blocks are this many times longer than the widest box, so that a channel's own mean takes little
// of a box along.
constexpr std::size_t boxes_a_block = 16;
constexpr std::size_t block_granule = 1024;
constexpr std::size_t trials_a_task = 16;  // share the rows they read while these are in cache
constexpr std::size_t most_detections = 4096;
constexpr std::size_t most_channels = 65535;  // goods are counted in 16 bits

// What refinement may look at in front of a tile.
constexpr std::uint64_t lookback_samples = std::uint64_t{2} * widest_boxcar;

class Stopwatch {
 public:
  explicit Stopwatch(double& seconds) : seconds_{seconds} {}
  ~Stopwatch() {
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& seconds_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

std::uint32_t widest_box(const Observation& observation, const SearchConfig& config) {
  if (!config.widest) return widest_boxcar;
  const double samples = std::floor(*config.widest / observation.time.sample_time);
  if (!(config.widest->value() > 0.0)) {
    throw ConfigError(
        fmt::format("widest boxcar: found {} s, expected more than 0 s", config.widest->value()));
  }
  return static_cast<std::uint32_t>(std::clamp(samples, 1.0, double{widest_boxcar}));
}

std::size_t samples_a_block(const Observation& observation, const SearchConfig& config) {
  const double wanted =
      std::max(config.condition.block / observation.time.sample_time,
               static_cast<double>(boxes_a_block * widest_box(observation, config)));
  if (!(config.condition.block.value() > 0.0) || !(wanted < 1e9)) {
    throw ConfigError(
        fmt::format("block for statistics: found {} s, expected more than 0 s and "
                    "less than 1e9 samples",
                    config.condition.block.value()));
  }
  return (static_cast<std::size_t>(wanted) + block_granule - 1) / block_granule * block_granule;
}

std::vector<std::uint32_t> channels_to_sum(const Observation& observation,
                                           const SearchConfig& config) {
  const auto& masked = config.condition.masked_channels;
  if (observation.frequency.channels() > most_channels) {
    throw ConfigError(fmt::format("channels: found {}, expected at most {}",
                                  observation.frequency.channels(), most_channels));
  }
  std::vector<std::uint32_t> channels;
  for (std::uint32_t c = 0; c < observation.frequency.channels(); ++c) {
    if (c >= masked.size() || !masked[c]) channels.push_back(c);
  }
  return channels;
}

void check(const SearchConfig& config) {
  if (!(config.threshold_snr >= 3.0) || !std::isfinite(config.threshold_snr)) {
    throw ConfigError(
        fmt::format("threshold: found S/N {}, expected at least 3: below that, noise "
                    "alone fills the list",
                    config.threshold_snr));
  }
  if (!(config.max_frac_missing >= 0.0 && config.max_frac_missing < 1.0)) {
    throw ConfigError(fmt::format("largest missing fraction: found {}, expected 0 to below 1",
                                  config.max_frac_missing));
  }
  if (!(config.max_candidates_per_s > 0.0)) {
    throw ConfigError(fmt::format("candidates per second: found {}, expected more than 0",
                                  config.max_candidates_per_s));
  }
}

}  // namespace

// Everything happens in tiles of one block: conditioning runs ahead by the longest delay, and tile
// [o, o + B) is dedispersed once every sample it reaches for is conditioned.
class Search::Impl {
 public:
  Impl(const Observation& observation, const SearchConfig& config);

  void push(const FilterbankChunk& chunk, const CandidateSink& sink);
  void finish(const CandidateSink& sink);

  [[nodiscard]] const SearchCounts& counts() const noexcept { return counts_; }
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
  [[nodiscard]] std::uint64_t searched() const noexcept { return std::min(tile_, taken_); }
  [[nodiscard]] const DmPlan& plan() const noexcept { return plan_; }
  [[nodiscard]] std::size_t block() const noexcept { return block_; }

 private:
  /// Raw samples of one block, as they come in.
  struct RawBlock {
    std::vector<std::byte> bytes;
    std::vector<Gap> gaps;
    std::size_t samples = 0;
  };

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

  void condition_block();
  void condition_last_block();
  void store(const FilterbankChunk& window, std::size_t last_samples);
  void search_ready_tiles(const CandidateSink& sink);
  void search_tile(const CandidateSink& sink);
  void search_trials(std::size_t first_trial, Worker& worker, std::vector<Detection>& found);
  void refine_peaks(std::span<const Detection> peaks);
  void emit(const std::vector<Clusters::Final>& finals, const CandidateSink& sink);
  void find_uniformity();
  [[nodiscard]] const BlockNotes& notes(std::uint64_t block_index) const {
    return notes_[block_index % notes_.size()];
  }
  [[nodiscard]] double share(std::size_t trial, std::size_t width_index) const;

  Observation observation_;
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
  Clusters clusters_;
  std::vector<Worker> workers_;

  RawBlock now_;
  RawBlock before_;
  ConditionedBlock conditioned_;
  std::vector<BlockNotes> notes_;  // by block index, as far back as the history

  std::uint64_t taken_ = 0;  // samples pushed
  std::uint64_t conditioned_end_ = 0;
  std::uint64_t tile_ = 0;        // where the next tile begins
  std::size_t tile_samples_ = 0;  // of the tile being searched
  bool finished_ = false;

  // Of the tile being searched: are the good samples of every sum the same number?
  bool uniform_ = false;
  std::uint16_t uniform_goods_ = 0;
  bool uniform_before_ = false;
  std::uint16_t uniform_goods_before_ = 0;
  double least_goods_ = 0.0;

  std::vector<float> tail_sums_;           // [trial][lookback]
  std::vector<std::uint16_t> tail_goods_;  // [trial][lookback]
  std::vector<Candidate> fresh_;           // refined peaks of the newest tile
  std::vector<Candidate> pending_;         // and of the one before
  std::uint64_t peaks_dropped_ = 0;
  SearchCounts counts_;
};

Search::Impl::Impl(const Observation& observation, const SearchConfig& config)
    : observation_{observation},
      config_{(check(config), config)},
      pool_{config.threads},
      plan_{observation.frequency, observation.time.sample_time,
            DmRange{config.dm_min, config.dm_max, config.dm_tolerance}},
      widths_{boxcar_widths(widest_box(observation, config))},
      block_{samples_a_block(observation, config)},
      lookback_{widths_.back() - 1},
      conditioner_{observation.frequency, observation.format, config.condition, pool_},
      history_{observation.frequency.channels(),
               2 * block_ + plan_.longest_delay() + Refiner::reach_samples + lookback_samples,
               block_},
      dedisperser_{channels_to_sum(observation, config)},
      noise_{plan_, dedisperser_.channels(), widths_, config.condition.zero_dm, pool_},
      refiner_{plan_, dedisperser_, observation.time.sample_time, widths_.back()},
      clusters_{plan_, most_detections},
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
  now_.bytes.resize(block_ * observation.spectrum_bytes());
  before_.bytes.resize(now_.bytes.size());
}

void Search::Impl::push(const FilterbankChunk& chunk, const CandidateSink& sink) {
  if (chunk.first() != taken_ || chunk.channels() != observation_.frequency.channels() ||
      chunk.format() != observation_.format || finished_) {
    throw std::logic_error("Search: a chunk that does not continue the observation");
  }
  const std::size_t stride = observation_.spectrum_bytes();
  for (std::size_t row = 0; row < chunk.samples();) {
    const std::size_t count = std::min(chunk.samples() - row, block_ - now_.samples);
    const std::uint64_t first = taken_;
    std::copy_n(chunk.spectrum(row).data(), count * stride,
                now_.bytes.data() + now_.samples * stride);
    for (const Gap& gap : chunk.gaps()) {
      const std::uint64_t begin = std::max(gap.first, first);
      const std::uint64_t end = std::min(gap.end(), first + count);
      if (begin < end) now_.gaps.push_back({begin, end - begin, gap.fate});
    }
    now_.samples += count;
    taken_ += count;
    row += count;
    if (now_.samples == block_) {
      condition_block();
      search_ready_tiles(sink);
    }
  }
}

void Search::Impl::finish(const CandidateSink& sink) {
  if (finished_) return;
  finished_ = true;
  if (now_.samples != 0) condition_last_block();
  search_ready_tiles(sink);
  const Stopwatch watch{counts_.seconds.cluster};
  pending_ = std::move(fresh_);
  emit(clusters_.take({}, 0, [](std::span<const Detection>) {}), sink);
}

void Search::Impl::condition_block() {
  store(FilterbankChunk{taken_ - block_, block_, observation_.frequency.channels(),
                        observation_.format, now_.bytes, now_.gaps},
        block_);
  std::swap(now_, before_);
  now_.samples = 0;
  now_.gaps.clear();
}

// The last block is short. Its statistics are those of the last whole block's length of samples,
// where there are as many.
void Search::Impl::condition_last_block() {
  const std::size_t stride = observation_.spectrum_bytes();
  const std::size_t borrowed = std::min(before_.samples, block_ - now_.samples);
  const std::size_t window = borrowed + now_.samples;
  const std::uint64_t first = taken_ - window;
  std::vector<std::byte> bytes(window * stride);
  std::copy_n(before_.bytes.data() + (block_ - borrowed) * stride, borrowed * stride, bytes.data());
  std::copy_n(now_.bytes.data(), now_.samples * stride, bytes.data() + borrowed * stride);
  std::vector<Gap> gaps;
  for (const auto* raw : {&before_.gaps, &now_.gaps}) {
    for (const Gap& gap : *raw) {
      const std::uint64_t begin = std::max(gap.first, first);
      if (begin < gap.end()) gaps.push_back({begin, gap.end() - begin, gap.fate});
    }
  }
  store(FilterbankChunk{first, window, observation_.frequency.channels(), observation_.format,
                        bytes, gaps},
        now_.samples);
}

// Conditions a window and keeps its last samples, which are a block (or what there is of one).
void Search::Impl::store(const FilterbankChunk& window, std::size_t last_samples) {
  const Stopwatch watch{counts_.seconds.condition};
  conditioner_.condition(window, conditioned_);
  const std::uint64_t first = window.end() - last_samples;
  const std::size_t skipped = window.samples() - last_samples;
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
    note.good_channels += conditioned_.flagged[c] ? 0 : 1;
  }
  const auto flagged = static_cast<double>(
      std::count(conditioned_.flagged.begin(), conditioned_.flagged.end(), true));
  const std::uint64_t blocks_before = first / block_;
  const auto blocks = static_cast<double>(blocks_before);
  counts_.frac_channels_flagged =
      (counts_.frac_channels_flagged * blocks + flagged / static_cast<double>(plan_.channels())) /
      (blocks + 1.0);
  counts_.ledger.expect(last_samples);
  for (std::size_t t = skipped; t < window.samples(); ++t) {
    counts_.ledger.count(conditioned_.fates[t], 1);
  }
  conditioned_end_ = first + block_;
}

void Search::Impl::search_ready_tiles(const CandidateSink& sink) {
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
void Search::Impl::find_uniformity() {
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

double Search::Impl::share(std::size_t trial, std::size_t width_index) const {
  // A box that fills more of its baseline than this cannot be told from a drift of it.
  const std::size_t statistics = notes(tile_ / block_).good_samples;
  if (boxes_a_block * widths_[width_index] > statistics) return 0.0;
  if (config_.condition.zero_dm == ZeroDm::off) {
    return 1.0 - widths_[width_index] / static_cast<double>(statistics);
  }
  return static_cast<double>(noise_.zero_dm_share(trial, width_index));
}

void Search::Impl::search_tile(const CandidateSink& sink) {
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

  const Seconds tile_time = static_cast<double>(block_) * observation_.time.sample_time;
  const auto most_peaks = static_cast<std::size_t>(
      std::ceil(config_.max_candidates_per_s * std::max(1.0, tile_time.value())));
  pending_ = std::move(fresh_);
  fresh_.clear();
  emit(clusters_.take(std::move(detections), most_peaks,
                      [this](std::span<const Detection> peaks) { refine_peaks(peaks); }),
       sink);
}

void Search::Impl::search_trials(std::size_t first_trial, Worker& worker,
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

void Search::Impl::refine_peaks(std::span<const Detection> peaks) {
  fresh_.resize(peaks.size());
  const SampleRange reach{tile_ > lookback_samples ? tile_ - lookback_samples : 0,
                          tile_ + block_ + Refiner::reach_samples};
  pool_.for_each(peaks.size(), [&](std::size_t i, std::size_t) {
    const auto width = std::lower_bound(widths_.begin(), widths_.end(), peaks[i].width);
    const double left = share(peaks[i].trial, static_cast<std::size_t>(width - widths_.begin()));
    fresh_[i] = refiner_.refine(peaks[i], history_, left, least_goods_, reach);
  });
}

void Search::Impl::emit(const std::vector<Clusters::Final>& finals, const CandidateSink& sink) {
  std::vector<Candidate> ready;
  for (const Clusters::Final& final : finals) {
    ready.push_back(pending_[final.peak]);
    ready.back().members = final.members;
  }
  std::sort(ready.begin(), ready.end(), [](const Candidate& a, const Candidate& b) {
    return a.toa != b.toa ? a.toa < b.toa : a.snr > b.snr;
  });
  counts_.candidates += ready.size();
  counts_.candidates_dropped = clusters_.peaks_dropped();
  counts_.detections_dropped = clusters_.detections_dropped() + peaks_dropped_;
  for (const Candidate& candidate : ready) sink(candidate);
}

Search::Search(const Observation& observation, const SearchConfig& config)
    : impl_{std::make_unique<Impl>(observation, config)} {}
Search::~Search() = default;

void Search::push(const FilterbankChunk& chunk, const CandidateSink& sink) {
  impl_->push(chunk, sink);
}
void Search::finish(const CandidateSink& sink) {
  impl_->finish(sink);
}
const SearchCounts& Search::counts() const noexcept {
  return impl_->counts();
}
std::uint64_t Search::samples_taken() const noexcept {
  return impl_->taken();
}
std::uint64_t Search::samples_searched() const noexcept {
  return impl_->searched();
}
std::size_t Search::trials() const noexcept {
  return impl_->plan().trials();
}
std::uint64_t Search::longest_delay() const noexcept {
  return impl_->plan().longest_delay();
}
std::uint64_t Search::block_samples() const noexcept {
  return impl_->block();
}

}  // namespace draftstream
