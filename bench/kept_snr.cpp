#include "bench/kept_snr.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <random>
#include <utility>

#include "engine/channel_order.hpp"
#include "engine/dispersion.hpp"
#include "engine/tree/box_search.hpp"
#include "engine/tree/byte_rows.hpp"
#include "engine/tree/quantised_block.hpp"
#include "engine/tree/tree_dedisperser.hpp"
#include "engine/tree/tree_noise.hpp"
#include "engine/zeroed_memory.hpp"

namespace draftstream {
namespace {

constexpr double exact_snr = 40.0;
constexpr std::ptrdiff_t trials_aside = 3;  // of the pulse's DM, below and above
constexpr std::size_t apart = 192;          // between pulses, and 8 FWHM [samples of the octave]
constexpr double found_snr = 0.2 * exact_snr;

double uniform(std::mt19937_64& random) {
  return static_cast<double>(random() >> 11U) * 0x1.0p-53;
}

/// A pulse of unit area in one channel: its shape, and the smearing inside the channel.
class Profile {
 public:
  Profile(PulseShape shape, double fwhm) : shape_{shape}, fwhm_{fwhm} {}

  /// Beyond this, there is nothing [samples].
  [[nodiscard]] double reach(double smearing) const {
    return (shape_ == PulseShape::gaussian ? 5.0 * sigma() : 0.5 * fwhm_) + 0.5 * smearing;
  }
  /// The part that arrives before `t` samples after the middle.
  [[nodiscard]] double arrived(double t, double smearing) const {
    if (smearing < 1e-3) return before(t);
    return (integral(t + 0.5 * smearing) - integral(t - 0.5 * smearing)) / smearing;
  }

 private:
  [[nodiscard]] double sigma() const { return fwhm_ / 2.3548200450309493; }
  [[nodiscard]] double before(double t) const {
    if (shape_ == PulseShape::boxcar) return std::clamp(t / fwhm_ + 0.5, 0.0, 1.0);
    return 0.5 * std::erfc(-t / sigma() / std::numbers::sqrt2);
  }
  // Of before(), from far below.
  [[nodiscard]] double integral(double t) const {
    if (shape_ == PulseShape::boxcar) {
      const double inside = std::clamp(t + 0.5 * fwhm_, 0.0, fwhm_);
      return 0.5 * inside * inside / fwhm_ + std::max(0.0, t - 0.5 * fwhm_);
    }
    const double z = t / sigma();
    return t * before(t) + sigma() * std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi);
  }

  PulseShape shape_;
  double fwhm_;
};

/// S/N of the best box of any width, begun anywhere. @param series  Of noise of sigma 1.
double best_of_all(const std::vector<double>& series) {
  std::vector<double> before(series.size() + 1, 0.0);
  for (std::size_t i = 0; i < series.size(); ++i) before[i + 1] = before[i] + series[i];
  double best = 0.0;
  for (std::size_t width = 1; width <= series.size(); ++width) {
    double most = 0.0;
    for (std::size_t i = 0; i + width <= series.size(); ++i) {
      most = std::max(most, before[i + width] - before[i]);
    }
    best = std::max(best, most / std::sqrt(static_cast<double>(width)));
  }
  return best;
}

/// A long row of Gaussian noise, of which channels take parts: unrounded, and as rows of all time
/// resolutions.
class NoisePool {
 public:
  static constexpr std::size_t samples = std::size_t{1} << 20U;

  NoisePool() : values_(samples) {
    std::mt19937_64 random{7};
    for (std::size_t i = 0; i < samples; i += 2) {
      const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform(random)));
      const double angle = 2.0 * std::numbers::pi * uniform(random);
      values_[i] = static_cast<float>(radius * std::cos(angle));
      values_[i + 1] = static_cast<float>(radius * std::sin(angle));
    }
    levels_.emplace_back(samples);
    for (std::size_t i = 0; i < samples; ++i) levels_[0][i] = quantised(values_[i]);
    for (std::size_t level = 1; level <= 10; ++level) {
      levels_.emplace_back(samples >> level);
      downsample(levels_[level - 1].data(), levels_[level]);
    }
  }
  static std::int8_t quantised(float value) {
    return static_cast<std::int8_t>(std::clamp(std::round(steps_a_sigma * value), -128.0F, 127.0F));
  }
  /// The row of 2^level samples a sample; sample i may be any.
  [[nodiscard]] std::int8_t row(std::size_t level, std::size_t i) const {
    return levels_[level][i & ((samples >> level) - 1)];
  }
  [[nodiscard]] float value(std::size_t i) const { return values_[i & (samples - 1)]; }

 private:
  std::vector<float> values_;
  std::vector<std::vector<std::int8_t>> levels_;
};

const NoisePool& noise_pool() {
  static const NoisePool pool;
  return pool;
}

/// Where a channel holds a part of a pulse.
struct Cells {
  std::int64_t first = 0;  // sample of the recording
  std::vector<float> values;
};

/// One pulse in all channels, of unit area in each.
struct Injected {
  double arrival = 0.0;   // of its middle at the lowest channel [samples of the recording]
  std::size_t begin = 0;  // of the time that it has for itself [samples of the octave]
  std::size_t end = 0;
  double exact = 0.0;           // S/N in unit noise
  std::vector<Cells> channels;  // [rank]
};

/// Pulses of one DM in the rows of one octave.
class Injection {
 public:
  Injection(const Observation& observation, const Octave& octave, double dm,
            std::mt19937_64& random)
      : octave_{octave},
        level_{static_cast<std::size_t>(std::countr_zero(octave.downsample))},
        plan_{plan_near(observation, octave, dm)},
        random_{random} {
    const FrequencyAxis& frequency = observation.frequency;
    const Seconds sample_time = observation.time.sample_time;
    for (const std::uint32_t channel : channels_by_rank(frequency)) {
      const Megahertz f = frequency.centre(channel);
      early_.push_back(dispersion_delay(DispersionMeasure{dm}, frequency.lowest(), f) /
                       sample_time);
      smearing_.push_back(2.0 * dispersion_constant * dm * frequency.channel_width().value() /
                          (f.value() * f.value() * f.value()) / sample_time.value());
    }
    end_ = static_cast<std::size_t>(early_.front() / octave.downsample) + tree_lookback;
  }

  void add(PulseShape shape, double fwhm) {
    const double room = static_cast<double>(apart) + 8.0 * fwhm / octave_.downsample;
    Injected pulse;
    pulse.begin = end_;
    pulse.end = end_ += static_cast<std::size_t>(room);
    pulse.arrival =
        (static_cast<double>(pulse.begin) + 0.5 * room + uniform(random_)) * octave_.downsample;
    const Profile profile{shape, fwhm};
    const double widest = profile.reach(smearing_.back()) + 2.0;
    const auto origin = static_cast<std::int64_t>(std::floor(pulse.arrival - widest));
    std::vector<double> aligned(static_cast<std::size_t>(2.0 * widest) + 3, 0.0);
    for (std::size_t r = 0; r < early_.size(); ++r) {
      const double middle = pulse.arrival - early_[r];
      const double reach = profile.reach(smearing_[r]);
      Cells cells{static_cast<std::int64_t>(std::floor(middle - reach)), {}};
      const std::int64_t shift = std::llround(early_[r]) - origin;
      double before = 0.0;
      for (std::int64_t t = cells.first; static_cast<double>(t) <= middle + reach; ++t) {
        const double until = profile.arrived(static_cast<double>(t + 1) - middle, smearing_[r]);
        cells.values.push_back(static_cast<float>(until - before));
        aligned[static_cast<std::size_t>(t + shift)] += until - before;
        before = until;
      }
      pulse.channels.push_back(std::move(cells));
    }
    pulse.exact = best_of_all(aligned) / std::sqrt(static_cast<double>(early_.size()));
    pulses_.push_back(std::move(pulse));
  }

  /// S/N that the tree and its boxes find of each pulse, of exact_snr.
  std::vector<double> found() {
    samples_ = rounded_up(end_ + box_lag + segment_samples, segment_samples);
    const std::size_t history = rounded_up(TreeDedisperser{plan_}.history(), cache_line);
    const std::size_t stride = spread_stride(history + samples_ + 2 * cache_line);
    ZeroedMemory rows{early_.size() * stride + 2 * cache_line};
    std::vector<std::size_t> offsets(early_.size());  // into the pool [samples of the octave]
    for (std::size_t r = 0; r < offsets.size(); ++r) {
      offsets[r] = random_() % (NoisePool::samples >> level_);
      std::int8_t* row = rows.data() + r * stride + history;
      for (std::size_t i = 0; i < samples_; ++i) row[i] = noise_pool().row(level_, offsets[r] + i);
    }
    const Series noise = series_of(rows.data() + history, stride);
    measure_noise(noise);
    for (std::size_t r = 0; r < offsets.size(); ++r) {
      for (const Injected& pulse : pulses_) {
        inject(pulse, r, offsets[r], rows.data() + r * stride + history);
      }
    }
    Series pulses = series_of(rows.data() + history, stride);
    for (std::size_t k = 0; k < pulses.size(); ++k) {
      for (std::size_t i = 0; i < pulses[k].size(); ++i) {
        pulses[k][i] = static_cast<std::int16_t>(pulses[k][i] - noise[k][i]);
      }
    }
    return best_boxes(pulses);
  }

  /// Measured over predicted sigma of the trials.
  [[nodiscard]] double noise() const noexcept { return noise_; }

 private:
  using Series = std::vector<std::vector<std::int16_t>>;  // [trial][tree_lookback + sample]

  // What a trial sums does not depend on the other trials: those next to the pulse will do.
  static TreePlan plan_near(const Observation& observation, const Octave& octave, double dm) {
    Octave near = octave;
    const auto next = std::lower_bound(octave.trials.begin(), octave.trials.end(), dm);
    near.trials.assign(next - std::min(trials_aside, next - octave.trials.begin()),
                       next + std::min(trials_aside, octave.trials.end() - next));
    return plan_tree(observation.frequency, observation.time.sample_time, near);
  }

  [[nodiscard]] Series series_of(const std::int8_t* rows, std::size_t stride) const {
    TreeDedisperser tree{plan_};
    Series series(plan_.trials().size(), std::vector<std::int16_t>(tree_lookback + samples_, 0));
    tree.process(rows, stride, samples_, [&](const TreePiece& piece) {
      std::copy_n(piece.sums, piece.samples,
                  series[piece.trial].data() + tree_lookback + piece.first);
    });
    return series;
  }

  [[nodiscard]] double sigma() const {
    return static_cast<double>(
        tree_sigmas(plan_, std::vector<std::uint8_t>(early_.size(), 1)).front());
  }

  // About each trial's own mean: channels share their noise, and with it what its mean is not 0.
  void measure_noise(const Series& series) {
    double variance = 0.0;
    for (const auto& trial : series) {
      const auto begin =
          trial.begin() + static_cast<std::ptrdiff_t>(tree_lookback + pulses_.front().begin);
      const auto count = static_cast<double>(trial.end() - begin);
      const double mean = std::accumulate(begin, trial.end(), 0.0) / count;
      for (auto sum = begin; sum != trial.end(); ++sum) {
        variance += (*sum - mean) * (*sum - mean) / count / static_cast<double>(series.size());
      }
    }
    noise_ = std::sqrt(variance) / sigma();
  }

  // Conditions the samples around a pulse again, with it.
  void inject(const Injected& pulse, std::size_t rank, std::size_t offset, std::int8_t* row) const {
    const Cells& cells = pulse.channels[rank];
    const auto height = static_cast<float>(exact_snr / pulse.exact);
    const std::int64_t from = cells.first >> level_ << level_;
    const std::size_t skipped = static_cast<std::size_t>(cells.first - from);
    const std::size_t length = rounded_up(skipped + cells.values.size(), octave_.downsample);
    std::vector<std::int8_t> steps(length);
    for (std::size_t i = 0; i < length; ++i) {
      float value = noise_pool().value((offset << level_) + static_cast<std::size_t>(from) + i);
      if (i >= skipped && i - skipped < cells.values.size()) {
        value += height * cells.values[i - skipped];
      }
      steps[i] = NoisePool::quantised(value);
    }
    for (std::size_t level = 1; level <= level_; ++level) {
      downsample(steps.data(), {steps.data(), length >> level});
    }
    std::copy_n(steps.data(), length >> level_, row + (from >> level_));
  }

  [[nodiscard]] std::vector<double> best_boxes(const Series& series) const {
    std::array<float, pyramid_widths.size()> shares{};
    shares.fill(1.0F);
    const double unit = sigma();
    const BoxThresholds thresholds = BoxThresholds::of(unit, found_snr, shares);
    BoxSearch search{series.size(), samples_};
    std::vector<CellBoxes> cells;
    for (std::size_t k = 0; k < series.size(); ++k) {
      search.search({k, series[k].data() + tree_lookback, samples_, 0}, thresholds, cells);
    }
    std::vector<double> best(pulses_.size(), 0.0);
    for (const CellBoxes& cell : cells) {
      for (std::size_t p = 0; p < pulses_.size(); ++p) {
        if (cell.first < static_cast<std::int64_t>(pulses_[p].begin) ||
            cell.first >= static_cast<std::int64_t>(pulses_[p].end)) {
          continue;
        }
        for (std::size_t w = 0; w < pyramid_widths.size(); ++w) {
          best[p] = std::max(
              best[p], cell.sums[w] / unit / std::sqrt(static_cast<double>(pyramid_widths[w])));
        }
      }
    }
    return best;
  }

  const Octave& octave_;
  std::size_t level_;
  TreePlan plan_;
  std::mt19937_64& random_;
  std::vector<double> early_;     // [rank]: before the lowest channel [samples of the recording]
  std::vector<double> smearing_;  // [rank] [samples of the recording]
  std::vector<Injected> pulses_;
  std::size_t end_ = 0;  // of the pulses [samples of the octave]
  std::size_t samples_ = 0;
  double noise_ = 0.0;
};

}  // namespace

KeptSnr kept_snr(const Observation& observation, const Octave& octave, PulseShape shape,
                 std::span<const double> widths, std::size_t index, std::size_t count) {
  std::mt19937_64 random{1000 * static_cast<std::uint64_t>(16.0 * octave.trials.front()) + index};
  const double place = (static_cast<double>(index) + uniform(random)) / static_cast<double>(count);
  KeptSnr kept;
  kept.dm = octave.trials.front() + place * (octave.trials.back() - octave.trials.front());
  Injection injection{observation, octave, kept.dm, random};
  for (const double width : widths) injection.add(shape, width);
  for (const double snr : injection.found()) kept.ratios.push_back(snr / exact_snr);
  kept.noise = injection.noise();
  return kept;
}

}  // namespace draftstream
