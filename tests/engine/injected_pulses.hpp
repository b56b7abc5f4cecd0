// Pulses in noise, found by the engine and by filters that know where they are.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "tests/engine/search_run.hpp"

namespace draftstream::test {

/// One pulse, seen both ways. S/N of both filters are taken on the same noisy samples.
struct Recovered {
  Pulse pulse;
  double exact_boxcar = 0.0;    ///< Best box of any width and place along the exact track.
  double matched_filter = 0.0;  ///< The pulse's own shape, cell by cell.
  bool found = false;
  Candidate candidate;

  [[nodiscard]] double dm_pull() const {
    return (candidate.dm.value() - pulse.dm) / candidate.dm_uncertainty.value();
  }
  [[nodiscard]] double toa_pull(double sample_time_s) const {
    return (candidate.toa.value() - pulse.middle * sample_time_s) /
           candidate.toa_uncertainty.value();
  }
};

/// Best sum / sqrt(width * channels) over every box that begins near the pulse, of any width, in
/// double precision, in noise of unit variance. Each channel is late by its exact delay, counted
/// from five places within a sample and rounded down to a sample.
inline double exact_boxcar_snr(const Sky& sky, const Pulse& pulse) {
  const auto widest = static_cast<std::size_t>(3.0 * pulse.width) + 4;
  const double middle = std::floor(pulse.middle);
  const auto begin =
      static_cast<std::size_t>(std::max(0.0, middle - 2.0 * static_cast<double>(widest)));
  std::vector<double> before(4 * widest + 1, 0.0);
  std::vector<std::size_t> late(sky.band.channels);
  double best = 0.0;
  for (const double place : {0.1, 0.3, 0.5, 0.7, 0.9}) {
    for (std::size_t c = 0; c < late.size(); ++c) {
      late[c] = static_cast<std::size_t>(std::floor(sky.band.late(pulse.dm, c) + place));
    }
    for (std::size_t t = 0; t + 1 < before.size(); ++t) {
      double sum = 0.0;
      for (std::size_t c = 0; c < late.size(); ++c) {
        const std::size_t n = begin + t + late[c];
        sum += n < sky.samples ? static_cast<double>(sky.at(n, c)) : 0.0;
      }
      before[t + 1] = before[t] + sum;
    }
    for (std::size_t width = 1; width <= widest; ++width) {
      const double noise = std::sqrt(static_cast<double>(width * late.size()));
      for (std::size_t start = 0; start + width < before.size(); ++start) {
        best = std::max(best, (before[start + width] - before[start]) / noise);
      }
    }
  }
  return best;
}

inline double matched_filter_snr(const Sky& sky, const Pulse& pulse) {
  double product = 0.0;
  double squares = 0.0;
  sky.for_each_cell(pulse, [&](std::size_t t, std::size_t c, double share) {
    product += share * static_cast<double>(sky.at(t, c));
    squares += share * share;
  });
  return product / std::sqrt(squares);
}

/// Its sweep at DM 300 is 1000 samples, and smears a channel by 2.
inline constexpr Band pulse_band{1500.0, -0.5, 512, 0.25e-3};

/// One pulse in so many samples: a pulse raises its channels' means a little, over a block of 8192.
inline std::size_t pulse_distance(double width) {
  return width < 24.0 ? 3000 : 9000;
}

/// Noise with room for `pulses` pulses.
inline Sky pulse_noise(std::size_t pulses, double width, std::uint64_t seed) {
  return {pulse_band, pulse_distance(width) * (pulses + 1), seed};
}

/// Pulses of one width at random times and S/N from 12 to 50. DMs are around 300, or around 600 for
/// wide pulses, so that the sweep is always far longer than the pulse.
struct PulsesInNoise {
  Sky sky;
  double dm;
  std::vector<Pulse> pulses;

  PulsesInNoise(Sky noise, double width, Profile profile, std::uint64_t seed)
      : sky{std::move(noise)}, dm{width < 24.0 ? 300.0 : 600.0} {
    const std::size_t distance = pulse_distance(width);
    for (std::size_t i = 0; distance * (i + 2) <= sky.samples; ++i) {
      const auto draw = [&](std::uint64_t which) { return uniform(seed + 1000, 3 * i + which); };
      const double middle = static_cast<double>(distance * i) + 800.0 + 400.0 * draw(1);
      const double snr = 12.0 * std::pow(50.0 / 12.0, draw(2));
      pulses.push_back({dm - 5.0 + 10.0 * draw(0), middle, width, snr, profile});
      sky.add(pulses.back());
    }
  }

  [[nodiscard]] std::vector<Recovered> search(ZeroDm zero_dm, unsigned threads = 0) const {
    SearchConfig config;
    config.dm_min = DispersionMeasure{dm - 20.0};
    config.dm_max = DispersionMeasure{dm + 20.0};
    config.condition.zero_dm = zero_dm;
    config.threads = threads;
    const SearchRun run = run_search(sky, config);
    std::vector<Recovered> all;
    for (const Pulse& pulse : pulses) {
      Recovered one{pulse, exact_boxcar_snr(sky, pulse), matched_filter_snr(sky, pulse), false, {}};
      if (const Candidate* near = run.near(pulse.middle, pulse.dm, 20.0 + pulse.width)) {
        one.found = true;
        one.candidate = *near;
      }
      all.push_back(one);
    }
    return all;
  }
};

/// Mean, and its error from the scatter of the values.
struct Mean {
  double mean = 0.0;
  double error = 0.0;
  std::size_t count = 0;
};

inline Mean mean_of(const std::vector<double>& values) {
  Mean result;
  result.count = values.size();
  const double n = static_cast<double>(values.size());
  for (const double value : values) result.mean += value / n;
  double squares = 0.0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.error = values.size() < 2 ? 0.0 : std::sqrt(squares / (n - 1.0) / n);
  return result;
}

/// Root mean square.
inline double rms(const std::vector<double>& values) {
  double squares = 0.0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares / static_cast<double>(values.size()));
}

}  // namespace draftstream::test
