#include "training/burst_truth.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "engine/dispersion.hpp"
#include "ingest/errors.hpp"

namespace draftstream {
namespace {

struct Boxcar {
  double sum_over_root = 0.0;  // sum of its samples / sqrt(its length)
  std::size_t first = 0;
  std::size_t samples = 1;
};

Boxcar best_boxcar(const std::vector<double>& series) {
  std::vector<double> before(series.size() + 1, 0.0);  // before[i]: sum of series[0, i)
  for (std::size_t i = 0; i < series.size(); ++i) before[i + 1] = before[i] + series[i];
  Boxcar best;
  const std::size_t longest = std::min<std::size_t>(longest_boxcar, series.size());
  for (std::size_t width = 1; width <= longest; ++width) {
    const double root = std::sqrt(static_cast<double>(width));
    for (std::size_t i = 0; i + width <= series.size(); ++i) {
      const double value = (before[i + width] - before[i]) / root;
      if (value > best.sum_over_root) best = {value, i, width};
    }
  }
  return best;
}

// Whether samples are lost, asked in their order.
class LossesInOrder {
 public:
  LossesInOrder(const std::vector<SampleRange>& lost, std::int64_t first)
      : next_{std::partition_point(lost.begin(), lost.end(),
                                   [&](const SampleRange& range) { return range.end <= first; })},
        end_{lost.end()} {}

  [[nodiscard]] bool hold(std::int64_t sample) {
    while (next_ != end_ && next_->end <= sample) ++next_;
    return next_ != end_ && next_->first <= sample;
  }

 private:
  std::vector<SampleRange>::const_iterator next_;
  std::vector<SampleRange>::const_iterator end_;
};

}  // namespace

MeasuredBurst measure(const Burst& burst, const BurstTemplate& shape,
                      const Observation& observation, const RecordedParts& recorded) {
  const std::vector<bool>& live = recorded.live;
  const auto counts = [&](std::size_t channel) { return live.empty() || live[channel]; };
  const std::size_t channels = observation.frequency.channels();
  const double sample_time = observation.time.sample_time.value();
  const auto samples = static_cast<std::int64_t>(observation.samples.value());

  // Delays rounded to samples, as every search of stored samples must.
  std::vector<std::int64_t> delays(channels);
  SampleRange aligned{std::numeric_limits<std::int64_t>::max(),
                      std::numeric_limits<std::int64_t>::min()};
  for (std::size_t c = 0; c < channels; ++c) {
    delays[c] = std::llround(shape.delay(c).value() / sample_time);
    const SampleRange range = shape.range(c);
    if (range.samples() == 0 || !counts(c)) continue;
    aligned.first = std::min(aligned.first, range.first - delays[c]);
    aligned.end = std::max(aligned.end, range.end - delays[c]);
  }

  if (aligned.first > aligned.end) {
    throw ConfigError("burst: found it in dead channels only, expected noise in one of its band");
  }

  double fluence = 0.0;
  double squares = 0.0;
  double squares_inside = 0.0;
  float peak = 0.0F;
  std::vector<double> series(static_cast<std::size_t>(aligned.samples()), 0.0);
  std::vector<float> profile;
  for (std::size_t c = 0; c < channels; ++c) {
    if (!counts(c)) continue;
    const SampleRange range = shape.range(c);
    profile.resize(static_cast<std::size_t>(range.samples()));
    shape.fill(c, range.first, profile);
    LossesInOrder losses{recorded.lost, range.first};
    for (std::size_t i = 0; i < profile.size(); ++i) {
      const double value = profile[i];
      fluence += value;
      squares += value * value;
      peak = std::max(peak, profile[i]);
      const std::int64_t t = range.first + static_cast<std::int64_t>(i);
      if (t < 0 || t >= samples || losses.hold(t)) continue;
      squares_inside += value * value;
      series[static_cast<std::size_t>(t - delays[c] - aligned.first)] += value;
    }
  }

  MeasuredBurst result;
  result.amplitude = burst.snr / std::sqrt(squares);
  TrueBurst& truth = result.truth;
  truth.burst = burst;
  truth.toa_infinite =
      burst.toa - dispersion_delay(burst.dm, observation.frequency.highest(),
                                   Megahertz{std::numeric_limits<double>::infinity()});
  truth.fluence_sigma = result.amplitude * fluence;
  truth.peak_sigma = result.amplitude * static_cast<double>(peak);
  truth.frac_inside = squares_inside / squares;
  const auto live_channels = live.empty() ? static_cast<std::ptrdiff_t>(channels)
                                          : std::count(live.begin(), live.end(), true);
  const Boxcar best = best_boxcar(series);
  truth.boxcar_snr =
      result.amplitude * best.sum_over_root / std::sqrt(static_cast<double>(live_channels));
  truth.boxcar_samples = static_cast<std::uint32_t>(best.samples);
  truth.boxcar_toa = observation.time.since_start(
      static_cast<double>(aligned.first + static_cast<std::int64_t>(best.first)) +
      0.5 * static_cast<double>(best.samples));
  return result;
}

}  // namespace draftstream
