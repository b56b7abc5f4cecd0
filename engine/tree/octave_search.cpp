#include "engine/tree/octave_search.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "engine/tree/tree_noise.hpp"

namespace draftstream {
namespace {

constexpr std::size_t most_hits = 1024;  // cells with something in them, in a group and block
constexpr std::size_t room_for_hits = 2 * most_hits + 256;  // before the best are kept

// Channels that tell how much of a stretch is good, about. Odd steps: what is wrong with a receiver
// comes back after powers of two.
constexpr std::size_t channels_asked = 128;
std::size_t step_of_asked(std::size_t channels) {
  return channels / channels_asked | 1U;
}

std::vector<DispersionMeasure> measures(const std::vector<double>& trials) {
  return {trials.begin(), trials.end()};
}

std::vector<std::uint32_t> widths_of_pyramid() {
  return {pyramid_widths.begin(), pyramid_widths.end()};
}

// A tile is looked at up to two blocks after it began, and a lag of its boxes later.
std::size_t kept_blocks(const SearchLimits& limits, unsigned downsample) {
  if (limits.noise_tiles == 1) return 2;  // what has gone by then is not missed among so many
  return limits.noise_tiles + 1 + (box_lag * downsample + limits.block - 1) / limits.block;
}

/// @param kept  Blocks, what noise is measured on.
/// @return Null if the CPU is to sum.
std::unique_ptr<TreeDevice> device_of(BackEnd back_end, const TreePlan& plan, std::size_t samples,
                                      std::size_t kept) {
  TreeDeviceOptions options;
  options.samples = samples;
  options.kept = kept * samples;
  switch (back_end) {
    case BackEnd::cpu:
      return nullptr;
    case BackEnd::cuda:
      return make_tree_cuda(plan, options);
    case BackEnd::walked:
      return make_tree_twin(plan, options);
  }
  return nullptr;
}

}  // namespace

OctaveSearch::OctaveSearch(const OctaveSetup& setup, const Octave& octave, std::size_t first_trial,
                           WorkerPool& pool)
    : config_{setup.config},
      plan_{setup.plan},
      notes_{setup.notes},
      widest_{setup.limits.widest},
      channels_{setup.plan.channels()},
      downsample_{octave.downsample},
      level_{static_cast<std::size_t>(std::countr_zero(octave.downsample))},
      first_trial_{first_trial},
      noise_tiles_{setup.limits.noise_tiles},
      kept_blocks_{kept_blocks(setup.limits, octave.downsample)},
      tree_{plan_tree(setup.observation.frequency, setup.observation.time.sample_time, octave)},
      device_{device_of(setup.config.backend, tree_.plan(), setup.limits.block >> level_,
                        kept_blocks_)},
      noise_{
          DmPlan{setup.observation.frequency,
                 octave.downsample * setup.observation.time.sample_time, measures(octave.trials)},
          setup.limits.live_channels, widths_of_pyramid(), setup.config.condition.zero_dm, pool},
      boxes_{octave.trials.size(), setup.limits.block >> level_},
      watch_{octave.trials.size(), setup.limits.block >> level_, kept_blocks_},
      sigmas_{tree_sigmas(tree_.plan(), std::vector<std::uint8_t>(channels_, 1))},
      thresholds_(octave.trials.size()),
      groups_((octave.trials.size() + group_trials - 1) / group_trials),
      summed_(kept_blocks_, true),
      delays_(channels_) {
  for (Group& group : groups_) group.hits.reserve(room_for_hits);
}

std::size_t OctaveSearch::hit_bytes_of(std::size_t trials) noexcept {
  return (trials + group_trials - 1) / group_trials * room_for_hits * sizeof(CellBoxes);
}

float OctaveSearch::share(std::size_t trial, std::size_t width, std::size_t good_samples) const {
  const std::size_t samples = std::size_t{pyramid_widths[width]} * downsample_;
  // A box that fills more of its baseline than this cannot be told from a drift of it.
  if (samples > widest_ || boxes_a_block * samples > good_samples) return 0.0F;
  if (config_.condition.zero_dm == ZeroDm::off) {
    return static_cast<float>(1.0 -
                              static_cast<double>(samples) / static_cast<double>(good_samples));
  }
  const float left = noise_.zero_dm_share(trial - first_trial_, width);
  return left < NoiseModel::least_share ? 0.0F : left;
}

std::size_t OctaveSearch::reach() const noexcept {
  const auto latest = static_cast<std::size_t>(tree_.plan().late(trials() - 1));
  return (latest + tree_lookback + segment_samples) * downsample_;
}

void OctaveSearch::begin_block(bool summed) {
  end_ = notes_.end();
  begin_ = end_ - notes_.block();
  summed_[begin_ / notes_.block() % kept_blocks_] = summed;
}

void OctaveSearch::pass() {
  begin_block(false);
  describe_hits();
}

// Behind blocks that were passed.
void OctaveSearch::restart() {
  if (device_ != nullptr) {
    device_->restart(begin_ >> level_);
  } else {
    tree_.restart(begin_ >> level_);
    boxes_.restart();
  }
}

void OctaveSearch::search(const RowLevels& rows) {
  begin_block(true);
  if (begin_ > 0 && !summed(begin_ / notes_.block() - 1)) restart();
  reference_ = std::min(begin_, notes_.last_with_data());
  for (std::size_t g = 0; g < groups_.size(); ++g) set_thresholds(g);
  if (device_ != nullptr) {
    sum_on_device(rows);
  } else {
    tree_.process(rows.first(level_), rows.stride(level_), rows.samples(level_),
                  [this](const TreePiece& piece) {
                    watch_.keep(piece);
                    std::vector<CellBoxes>& hits = groups_[piece.trial / group_trials].hits;
                    boxes_.search(piece, thresholds_[piece.trial], hits);
                    if (hits.size() > 2 * most_hits) keep_best(hits, most_hits);
                  });
  }
  for (Group& group : groups_) {
    keep_best(group.hits, most_hits);
    std::sort(group.hits.begin(), group.hits.end(), [](const CellBoxes& a, const CellBoxes& b) {
      return a.trial != b.trial ? a.trial < b.trial : a.first < b.first;
    });
  }
  describe_hits();
}

// Series stay on the device; only where there is something, noise will be asked for.
void OctaveSearch::sum_on_device(const RowLevels& rows) {
  const std::int8_t* const first = rows.first(level_);
  device_->put(&first, rows.stride(level_));
  device_->start(thresholds_.data());
  found_.clear();
  device_->finish(found_);
  for (const FoundCell& found : found_) {
    groups_[found.cell.trial / group_trials].hits.push_back(found.cell);
  }
  const std::size_t block = rows.samples(level_);
  const std::uint64_t end = end_ >> level_;
  std::vector<std::uint32_t> trials;
  for (const Group& group : groups_) {
    for (const CellBoxes& hit : group.hits) trials.push_back(hit.trial);
  }
  std::sort(trials.begin(), trials.end());
  trials.erase(std::unique(trials.begin(), trials.end()), trials.end());
  series_.resize(block);
  for (const std::uint32_t trial : trials) {
    for (std::uint64_t begin = end - std::min<std::uint64_t>(end, kept_blocks_ * block);
         begin < end; begin += block) {
      device_->series(0, trial, begin, block, series_.data());
      watch_.keep({trial, series_.data(), block, begin});
    }
  }
}

std::uint64_t OctaveSearch::boxes_looked_at() const noexcept {
  if (!summed(begin_ / notes_.block())) return 0;
  std::uint64_t widths = 0;
  for (const Group& group : groups_) widths += group.searched_widths;
  return widths * (notes_.block() >> level_);
}

// Boxes hold at least so many good samples: all that their tracks can, where these cross nothing
// else, and else no fewer than a box that is searched may hold.
void OctaveSearch::set_thresholds(std::size_t group) {
  Group& here = groups_[group];
  const std::size_t first = group * group_trials;
  const std::size_t end = std::min(first + group_trials, trials());
  const auto longest = static_cast<std::int64_t>(
      std::ceil(plan_.sweep_samples(plan_.trial(first_trial_ + end - 1))));
  const auto reach = longest + static_cast<std::int64_t>((widest_boxcar + 2) * downsample_);
  here.uniform = notes_.uniform(static_cast<std::int64_t>(begin_) - reach, end_);
  const auto good = static_cast<double>(notes_.good_channels(reference_));
  const double goods = here.uniform ? good : (1.0 - config_.max_frac_missing) * good;
  const std::size_t samples = notes_.good_samples(reference_);
  if (goods == here.goods && samples == here.samples) return;
  here.goods = goods;
  here.samples = samples;
  here.searched_widths = 0;
  const double fraction = std::sqrt(goods / static_cast<double>(channels_));
  for (std::size_t trial = first; trial < end; ++trial) {
    std::array<float, pyramid_widths.size()> shares{};
    for (std::size_t w = 0; w < shares.size() && goods > 0.0; ++w) {
      shares[w] = share(first_trial_ + trial, w, samples);
      here.searched_widths += shares[w] > 0.0F ? 1 : 0;
    }
    thresholds_[trial] = BoxThresholds::of(static_cast<double>(sigmas_[trial]) * fraction,
                                           config_.threshold_snr, shares);
  }
}

double OctaveSearch::rank(const CellBoxes& hit) const {
  double best = 0.0;
  for (std::size_t w = 0; w < pyramid_widths.size(); ++w) {
    best = std::max(best, hit.sums[w] / std::sqrt(static_cast<double>(pyramid_widths[w])));
  }
  return best / static_cast<double>(sigmas_[hit.trial]);
}

// By rank, then by place: which ones stay does not depend on the order in which they were found.
void OctaveSearch::keep_best(std::vector<CellBoxes>& hits, std::size_t most) {
  if (hits.size() <= most) return;
  const auto better = [this](const CellBoxes& a, const CellBoxes& b) {
    const double rank_a = rank(a);
    const double rank_b = rank(b);
    if (rank_a != rank_b) return rank_a > rank_b;
    return a.trial != b.trial ? a.trial < b.trial : a.first < b.first;
  };
  std::nth_element(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(most), hits.end(),
                   better);
  hits_dropped_ += hits.size() - most;
  hits.resize(most);
}

// Where a cell begins, at the highest channel [samples of the recording].
std::int64_t OctaveSearch::at_highest(const CellBoxes& hit) const noexcept {
  return (hit.first - tree_.plan().late(hit.trial)) * downsample_;
}

// A trial's tile is complete when its last sample has passed at the lowest channel.
bool OctaveSearch::has_described(std::size_t trial, std::uint64_t tile) const {
  const auto late = static_cast<std::uint64_t>(tree_.plan().late(trial - first_trial_)) + box_lag;
  return (tile + 1) * notes_.block() + late * downsample_ <= end_;
}

void OctaveSearch::describe_hits() {
  detections_.clear();
  tile_.trial = trials();
  const auto block = static_cast<std::int64_t>(notes_.block());
  for (Group& group : groups_) {
    auto waiting = group.hits.begin();
    for (const CellBoxes& hit : group.hits) {
      const std::int64_t first = at_highest(hit);
      if (first < 0) continue;  // before the first sample
      const auto tile = static_cast<std::uint64_t>(first / block);
      if (!has_described(first_trial_ + hit.trial, tile)) {
        *waiting++ = hit;
        continue;
      }
      look_at_tile(hit.trial, tile * notes_.block());
      Detection detection;
      if (describe(hit, detection)) detections_.push_back(detection);
    }
    group.hits.erase(waiting, group.hits.end());
  }
}

// @param sample  Of a series; not in the blocks to come.
bool OctaveSearch::is_summed(std::uint64_t sample) const noexcept {
  return summed((sample << level_) / notes_.block());
}

// Finds which samples are good that the noise of a trial's tile is measured over.
void OctaveSearch::look_at_tile(std::size_t trial, std::uint64_t tile) {
  if (tile_.trial == trial && tile_first_ == tile) return;
  const std::uint64_t before = std::min<std::uint64_t>(tile, (noise_tiles_ - 1) * notes_.block());
  const std::uint64_t from = tile - before;
  const std::uint64_t length = NoiseWatch::stretch * downsample_;
  plan_.delays(plan_.trial(first_trial_ + trial), delays_);
  goods_.assign((before + notes_.block()) / length, 1.0F);
  tile_first_ = tile;
  tile_ = {trial, from / downsample_ + static_cast<std::uint64_t>(tree_.plan().late(trial)),
           goods_};
  const auto longest =
      static_cast<std::uint64_t>(*std::max_element(delays_.begin(), delays_.end()));
  const std::uint64_t reach =
      std::uint64_t{widest_boxcar} * downsample_;  // of boxes, on both sides
  tile_uniform_ = notes_.uniform(static_cast<std::int64_t>(from) - static_cast<std::int64_t>(reach),
                                 tile + notes_.block() + longest + reach);
  const std::size_t every = step_of_asked(channels_);
  const double most =
      static_cast<double>(notes_.good_channels(tile, every)) * static_cast<double>(length);
  const std::uint64_t kept = kept_blocks_ * notes_.block();
  const std::uint64_t oldest = (end_ - std::min(end_, kept)) / downsample_;
  for (std::size_t i = 0; i < goods_.size(); ++i) {
    if (!tile_uniform_) {
      const double good =
          static_cast<double>(notes_.good_in_box(from + i * length, length, delays_, every));
      const double part = most > 0.0 ? good / most : 0.0;
      goods_[i] = part < 1.0 - config_.max_frac_missing ? 0.0F : static_cast<float>(part);
    }
    const std::uint64_t first = tile_.first + i * NoiseWatch::stretch;
    if (first < oldest || !is_summed(first) || !is_summed(first + NoiseWatch::stretch - 1)) {
      goods_[i] = 0.0F;
    }
  }
}

// The best width of a cell, once good samples and excess noise are accounted for.
bool OctaveSearch::describe(const CellBoxes& hit, Detection& detection) {
  const std::size_t trial = first_trial_ + hit.trial;
  const double sigma = static_cast<double>(sigmas_[hit.trial]);
  const std::size_t samples = notes_.good_samples(tile_first_);
  const auto good_channels = static_cast<double>(notes_.good_channels(tile_first_));
  const auto all = static_cast<double>(channels_);
  for (std::size_t w = 0; w < pyramid_widths.size(); ++w) {
    const double kept = static_cast<double>(share(trial, w, samples));
    if (hit.sums[w] == 0 || kept == 0.0) continue;
    const std::int64_t first =
        at_highest(hit) + (std::int64_t{hit.middles[w]} - pyramid_widths[w] / 2) * downsample_;
    if (first < 0) continue;
    const std::uint32_t width = pyramid_widths[w] * downsample_;
    const double goods = tile_uniform_ ? good_channels
                                       : static_cast<double>(notes_.good_in_box(
                                             static_cast<std::uint64_t>(first), width, delays_)) /
                                             width;
    if (goods <= 0.0 || goods < (1.0 - config_.max_frac_missing) * good_channels) continue;
    const double unit = sigma * std::sqrt(kept * pyramid_widths[w] / all);
    const double noise = watch_.excess(tile_, w, unit * std::sqrt(good_channels));
    const double snr = hit.sums[w] / (unit * std::sqrt(goods)) / noise;
    if (snr < config_.threshold_snr || snr <= detection.snr) continue;
    detection.snr = snr;
    detection.trial = static_cast<std::uint32_t>(trial);
    detection.width = width;
    detection.first = static_cast<std::uint64_t>(first);
    detection.noise = noise;
  }
  return detection.snr > 0.0;
}

std::vector<Octave> split_for_threads(const Observation& observation, std::vector<Octave> octaves,
                                      std::size_t threads) {
  if (threads < 2) return octaves;
  const auto cost = [&](const Octave& octave) {
    return plan_tree(observation.frequency, observation.time.sample_time, octave).adds_a_sample() /
           octave.downsample;
  };
  std::vector<double> costs;
  costs.reserve(octaves.size());
  for (const Octave& octave : octaves) costs.push_back(cost(octave));
  constexpr std::size_t parts_a_thread = 4;
  while (octaves.size() < parts_a_thread * threads) {
    const auto dearest =
        static_cast<std::size_t>(std::max_element(costs.begin(), costs.end()) - costs.begin());
    double total = 0.0;
    for (const double one : costs) total += one;
    Octave& whole = octaves[dearest];
    const bool even = costs[dearest] * 3.0 * static_cast<double>(threads) <= total;
    // At the edge of a group.
    const auto half = static_cast<std::ptrdiff_t>((whole.trials.size() / 2 + group_trials - 1) /
                                                  group_trials * group_trials);
    if (even || static_cast<std::size_t>(half) >= whole.trials.size()) break;
    Octave upper = whole;
    upper.trials.erase(upper.trials.begin(), upper.trials.begin() + half);
    whole.trials.resize(static_cast<std::size_t>(half));
    costs[dearest] = cost(whole);
    const auto behind = static_cast<std::ptrdiff_t>(dearest) + 1;
    costs.insert(costs.begin() + behind, cost(upper));
    octaves.insert(octaves.begin() + behind, std::move(upper));
  }
  return octaves;
}

}  // namespace draftstream
