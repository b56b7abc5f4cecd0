#include "engine/tree/efficiency.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "engine/boxcar.hpp"
#include "engine/channel_order.hpp"
#include "engine/dispersion.hpp"

namespace draftstream {
namespace {

constexpr double sigmas = 6.0;              // at which a Gaussian ends
constexpr std::ptrdiff_t trials_aside = 3;  // of the pulse's DM, below and above
constexpr std::ptrdiff_t longest_step = widest_boxcar / 8;
constexpr double most_smearing = 1 << 17;             // [samples of the octave]
constexpr double fwhm_of_sigma = 2.3548200450309493;  // sqrt(8 ln 2)

// Uniform in [0, 1); the same on every standard library, unlike std's distribution.
double uniform(std::mt19937_64& random) {
  return static_cast<double>(random() >> 11U) * 0x1.0p-53;
}

// How far pulses of many channels lie from where they should, as a histogram. Times are in units
// that its user chooses.
class Offsets {
 public:
  explicit Offsets(double bin) : bin_{bin} {}

  // A channel's pulse, smeared evenly over a stretch of time.
  void add(double middle, double smearing) {
    const double width = std::max(smearing / bin_, 1e-6);
    const double from = middle / bin_ - 0.5 * width;
    const double to = middle / bin_ + 0.5 * width;
    const auto first = static_cast<std::ptrdiff_t>(std::floor(from));
    const auto last = static_cast<std::ptrdiff_t>(std::floor(to));
    make_room(first, last + 1);
    // Of the bins that it begins and ends in, it covers a part.
    rise(first, (1.0 - (from - std::floor(from))) / width);
    rise(first + 1, (from - std::floor(from)) / width);
    rise(last, -(1.0 - (to - std::floor(to))) / width);
    rise(last + 1, -(to - std::floor(to)) / width);
  }

  [[nodiscard]] std::ptrdiff_t first() const noexcept { return first_; }

  // Shape [bin]: channels in it; the first one is bin first().
  [[nodiscard]] std::vector<double> weights() const {
    std::vector<double> sums(rises_.size());
    std::partial_sum(rises_.begin(), rises_.end(), sums.begin());
    return sums;
  }

 private:
  void rise(std::ptrdiff_t bin, double by) { rises_[static_cast<std::size_t>(bin - first_)] += by; }

  void make_room(std::ptrdiff_t first, std::ptrdiff_t last) {
    if (rises_.empty()) first_ = first;
    if (first < first_) {
      rises_.insert(rises_.begin(), static_cast<std::size_t>(first_ - first), 0.0);
      first_ = first;
    }
    const auto size = static_cast<std::size_t>(last - first_ + 1);
    if (rises_.size() < size) rises_.resize(size, 0.0);
  }

  double bin_;
  std::ptrdiff_t first_ = 0;
  std::vector<double> rises_;  // of the weights, from the bin before
};

// A Gaussian pulse, tabled so that it can be integrated quickly. Times are in units that its user
// chooses.
class Pulse {
 public:
  // @param blurred  Sigma with the least smearing.
  Pulse(double sigma, double blurred) {
    // Bins of an eighth of that blur it by less than 0.1 %. They divide the unit, so that the table
    // serves all edges.
    while (bins_ < 64 && static_cast<double>(bins_) * blurred < 8.0) bins_ *= 2;
    reach_ = static_cast<std::ptrdiff_t>(std::ceil(sigmas * sigma * static_cast<double>(bins_)));
    until_.reserve(static_cast<std::size_t>(2 * reach_ + 1));
    for (std::ptrdiff_t b = -reach_; b <= reach_; ++b) {
      const double x = (static_cast<double>(b) - 0.5) / static_cast<double>(bins_) / sigma;
      until_.push_back(0.5 * std::erfc(-x / std::sqrt(2.0)));
    }
  }

  [[nodiscard]] double bin() const noexcept { return 1.0 / static_cast<double>(bins_); }

  // The summed pulses of all channels, integrated up to edges that are `sample` units apart, as
  // far as there is anything. The first edge is a multiple of `grid` of them from arrival 0.
  [[nodiscard]] std::vector<double> integrated(const Offsets& offsets, std::ptrdiff_t sample,
                                               std::ptrdiff_t grid) const {
    const std::vector<double> weights = offsets.weights();
    const std::ptrdiff_t edge = sample * bins_;  // in bins, as all from here on
    const std::ptrdiff_t from = round_down(offsets.first() - reach_, grid * edge);
    const auto last_bin = offsets.first() + static_cast<std::ptrdiff_t>(weights.size());
    const std::ptrdiff_t edges = (last_bin + reach_ - from) / edge + 2;
    std::vector<double> sums(static_cast<std::size_t>(edges), 0.0);
    std::vector<double> over(static_cast<std::size_t>(edges), 0.0);  // from this edge on
    for (std::size_t w = 0; w < weights.size(); ++w) {
      const std::ptrdiff_t middle = offsets.first() + static_cast<std::ptrdiff_t>(w) - from;
      std::ptrdiff_t e = (middle - reach_ + edge - 1) / edge;  // middle >= reach_
      for (; e * edge <= middle + reach_; ++e) {
        sums[static_cast<std::size_t>(e)] +=
            weights[w] * until_[static_cast<std::size_t>(e * edge - middle + reach_)];
      }
      over[static_cast<std::size_t>(e)] += weights[w];
    }
    double sum = 0.0;
    for (std::size_t e = 0; e < sums.size(); ++e) {
      sum += over[e];
      sums[e] += sum;
    }
    return sums;
  }

 private:
  static std::ptrdiff_t round_down(std::ptrdiff_t value, std::ptrdiff_t step) {
    const std::ptrdiff_t rest = value % step;
    return value - rest - (rest < 0 ? step : 0);
  }

  std::ptrdiff_t bins_ = 1;  // in a unit
  std::ptrdiff_t reach_ = 0;
  std::vector<double> until_;  // of [-reach, reach]: the part of the pulse before an edge
};

// S/N of the best box of any width, begun anywhere. `sums` are integrated up to the end of every
// `sample` samples.
double best_of_all(const std::vector<double>& sums, std::ptrdiff_t sample) {
  double best = 0.0;
  for (std::size_t width = 1; width < sums.size(); ++width) {
    const double scale = 1.0 / std::sqrt(static_cast<double>(width) * static_cast<double>(sample));
    if (sums.back() * scale <= best) break;  // as would any wider one
    double most = 0.0;
    for (std::size_t i = 0; i + width < sums.size(); ++i) {
      most = std::max(most, sums[i + width] - sums[i]);
    }
    best = std::max(best, most * scale);
  }
  return best;
}

// The same of the boxes that are searched.
double best_of_searched(const std::vector<double>& sums, std::span<const std::uint32_t> widths,
                        unsigned downsample) {
  double best = 0.0;
  for (const std::uint32_t width : widths) {
    const std::size_t step = std::max(1U, std::bit_floor(width) / 8);
    double most = 0.0;
    // Boxes that end past what there is, or begin before it, hold the same as if it went on.
    for (std::size_t end = step; end < sums.size() + width; end += step) {
      const double until = sums[std::min(end, sums.size() - 1)];
      most = std::max(most, until - (end > width ? sums[end - width] : 0.0));
    }
    best = std::max(best, most / std::sqrt(static_cast<double>(width) * downsample));
  }
  return best;
}

}  // namespace

TreeEfficiency::TreeEfficiency(const FrequencyAxis& frequency, Seconds sample_time,
                               const Octave& octave, const TreePlan& tree, std::size_t channels)
    : octave_{octave}, tree_{tree}, sample_time_{sample_time} {
  const std::vector<std::uint32_t> order = channels_by_rank(frequency);
  const std::size_t made = std::min(std::max<std::size_t>(1, channels), order.size());
  std::mt19937_64 random{made};
  for (std::size_t c = 0; c < made; ++c) {
    // One of each of as many equal stretches: regular steps would fall in with the tree's.
    const std::size_t from = c * order.size() / made;
    const std::size_t to = (c + 1) * order.size() / made;
    Channel channel;
    channel.index =
        from + static_cast<std::size_t>(uniform(random) * static_cast<double>(to - from));
    const Megahertz f = frequency.centre(order[channel.index]);
    channel.to_lowest =
        dispersion_delay(DispersionMeasure{1.0}, frequency.lowest(), f) / sample_time;
    channel.smearing = 2.0 * dispersion_constant * frequency.channel_width().value() /
                       (f.value() * f.value() * f.value()) / sample_time.value();
    channels_.push_back(channel);
  }
}

std::vector<double> TreeEfficiency::of_pulse(DispersionMeasure dm, double arrival,
                                             std::span<const Seconds> widths) const {
  const auto& trials = octave_.trials;
  const auto next = std::lower_bound(trials.begin(), trials.end(), dm.value()) - trials.begin();
  const auto end = std::min(next + trials_aside, static_cast<std::ptrdiff_t>(trials.size()));
  std::vector<std::vector<std::int32_t>> tracks;
  for (std::ptrdiff_t k = std::max<std::ptrdiff_t>(0, next - trials_aside); k < end; ++k) {
    tracks.push_back(tree_.track(static_cast<std::size_t>(k)));
  }

  static const std::vector<std::uint32_t> boxes = boxcar_widths(widest_boxcar);
  const auto downsample = static_cast<std::ptrdiff_t>(octave_.downsample);
  const auto [least, most] = std::minmax_element(
      channels_.begin(), channels_.end(),
      [](const Channel& x, const Channel& y) { return x.smearing < y.smearing; });
  if (dm.value() * most->smearing > most_smearing * octave_.downsample) {
    return std::vector<double>(widths.size(), 0.0);
  }
  std::vector<double> ratios;
  for (const Seconds fwhm : widths) {
    const double sigma = fwhm / sample_time_ / fwhm_of_sigma;
    const double blurred = std::hypot(sigma, dm.value() * least->smearing / std::sqrt(12.0));
    // Where pulses are that long, samples of 1/32 of them are as good as the recording's own.
    const auto coarse = static_cast<std::ptrdiff_t>(
        std::max(std::uint64_t{1}, std::bit_floor(static_cast<std::uint64_t>(blurred / 32.0))));
    const std::ptrdiff_t fine = std::min(coarse, downsample);

    // All channels where `late` says they are taken, with times in units of `unit` samples.
    const auto integrated = [&](std::ptrdiff_t unit, std::ptrdiff_t sample, std::ptrdiff_t grid,
                                const auto& late) {
      const auto samples = static_cast<double>(unit);
      const Pulse pulse{sigma / samples, blurred / samples};
      Offsets offsets{pulse.bin()};
      for (const Channel& channel : channels_) {
        offsets.add((arrival + late(channel) - dm.value() * channel.to_lowest) / samples,
                    dm.value() * channel.smearing / samples);
      }
      return pulse.integrated(offsets, sample / unit, grid);
    };
    const auto exact = integrated(coarse, coarse, 1, [&](const Channel& channel) {
      return std::round(dm.value() * channel.to_lowest);
    });
    double best = 0.0;
    for (const auto& track : tracks) {
      const auto sums = integrated(fine, downsample, longest_step, [&](const Channel& channel) {
        return static_cast<double>(track[channel.index] * downsample);
      });
      best = std::max(best, best_of_searched(sums, boxes, octave_.downsample));
    }
    ratios.push_back(best / best_of_all(exact, coarse));
  }
  return ratios;
}

std::vector<Efficiency> TreeEfficiency::over_dms(std::span<const Seconds> widths,
                                                 std::size_t pulses) const {
  std::vector<Efficiency> all(widths.size(), {0.0, std::numeric_limits<double>::infinity()});
  std::mt19937_64 random{pulses};
  const double lowest = octave_.trials.front();
  const double range = octave_.trials.back() - lowest;
  for (std::size_t p = 0; p < pulses; ++p) {
    const double place = (static_cast<double>(p) + uniform(random)) / static_cast<double>(pulses);
    const double arrival = uniform(random) * static_cast<double>(longest_step * octave_.downsample);
    const auto ratios = of_pulse(DispersionMeasure{lowest + range * place}, arrival, widths);
    for (std::size_t w = 0; w < widths.size(); ++w) {
      all[w].mean += ratios[w] / static_cast<double>(pulses);
      all[w].least = std::min(all[w].least, ratios[w]);
    }
  }
  return all;
}

}  // namespace draftstream
