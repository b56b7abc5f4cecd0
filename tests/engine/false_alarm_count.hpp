// Boxes above a threshold in white noise, against what a Gaussian says.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

#include "tests/engine/search_run.hpp"

namespace draftstream::test {

/// Share of a unit Gaussian above `sigmas`.
inline double gaussian_tail(double sigmas) {
  return 0.5 * std::erfc(sigmas / std::numbers::sqrt2);
}

/// Searches of independent noise.
struct FalseAlarms {
  double threshold = 0.0;
  double sample_trials = 0.0;  ///< Samples times trials.
  double boxes = 0.0;
  double above = 0.0;
  double spread = 0.0;  ///< Of `above`: from the scatter of the segments.

  [[nodiscard]] double expected() const { return boxes * gaussian_tail(threshold); }
  /// One peak of the noise shows in boxes of many widths, places and trials: the variance of
  /// `above`, where it is too rare to be measured, is that of a Poisson number of such peaks.
  /// @param boxes_a_peak  As measured at a lower threshold.
  [[nodiscard]] double error(double boxes_a_peak) const {
    return std::max(spread, std::sqrt(std::max(1.0, boxes_a_peak) * expected()));
  }
  [[nodiscard]] double boxes_a_peak() const {
    return above > 0.0 ? std::max(1.0, spread * spread / above) : 1.0;
  }
};

struct NoiseSegment {
  std::size_t samples = 65536;
  double dm_max = 100.0;
  ZeroDm zero_dm = ZeroDm::zdot;
  unsigned threads = 0;
};

inline constexpr Band noise_band{1500.0, -12.5, 40, 1e-3};

/// @param thresholds  Each segment of noise is searched once for each.
inline std::vector<FalseAlarms> count_false_alarms(const NoiseSegment& segment,
                                                   const std::vector<double>& thresholds,
                                                   std::size_t segments, std::uint64_t seed) {
  std::vector<FalseAlarms> all;
  for (const double threshold : thresholds) {
    FalseAlarms one;
    one.threshold = threshold;
    all.push_back(one);
  }
  std::vector<double> squares(thresholds.size(), 0.0);
  for (std::size_t s = 0; s < segments; ++s) {
    const Sky sky{noise_band, segment.samples, seed + s};
    const Observation observation = sky.observation();
    const auto bytes = sky.stored();
    for (std::size_t i = 0; i < thresholds.size(); ++i) {
      SearchConfig config;
      config.engine = EngineKind::direct;
      config.dm_max = DispersionMeasure{segment.dm_max};
      config.threshold_snr = thresholds[i];
      config.condition.zero_dm = segment.zero_dm;
      config.threads = segment.threads;
      Search search{observation, config};
      const CandidateSink nowhere = [](const Candidate&) {};
      search.push(FilterbankChunk{0, sky.samples, sky.band.channels, float_samples, bytes, {}},
                  nowhere);
      search.finish(nowhere);
      const auto above = static_cast<double>(search.counts().boxes_above);
      all[i].sample_trials += static_cast<double>(sky.samples * search.trials());
      all[i].boxes += static_cast<double>(search.counts().boxes);
      all[i].above += above;
      squares[i] += above * above;
    }
  }
  const double n = static_cast<double>(segments);
  for (std::size_t i = 0; i < thresholds.size(); ++i) {
    const double mean = all[i].above / n;
    const double variance =
        std::max(0.0, squares[i] / n - mean * mean) * n / std::max(1.0, n - 1.0);
    all[i].spread = std::sqrt(variance * n);
  }
  return all;
}

}  // namespace draftstream::test
