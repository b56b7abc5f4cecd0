// The searches that speed is measured on, planned without any library: what plan_octaves() and
// plan_tree() (engine/tree/octaves.hpp) give, which a test compares.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "engine/dispersion.hpp"
#include "engine/tree/tree_plan.hpp"

namespace draftstream::bench {

struct Workload {
  const char* name;
  std::size_t channels;
  double top_mhz;  // edges of the band
  double bottom_mhz;
  double sample_time_s;
  double dm_max;
  unsigned shift;
  double tolerance;
};

inline constexpr Workload workloads[] = {
    {"W1", 1024, 1500.0, 1200.0, 256e-6, 1500.0, 2, 1.1},
    {"W2", 4096, 1500.0, 1000.0, 98.304e-6, 3000.0, 2, 1.25},
    {"W3", 16384, 800.0, 400.0, 983.04e-6, 13000.0, 0, 1.25},
};

/// Trials at one time resolution.
struct WorkOctave {
  unsigned downsample = 1;
  int delay_step = 1;
  std::vector<double> trials;
};

inline double centre_mhz(const Workload& load, std::size_t channel) {
  const double step = (load.bottom_mhz - load.top_mhz) / static_cast<double>(load.channels);
  return load.top_mhz + (static_cast<double>(channel) + 0.5) * step;
}

/// Delay behind channel 0 for one unit of DM [s].
inline double delay_s(const Workload& load, std::size_t channel) {
  const double f = centre_mhz(load, channel);
  const double top = centre_mhz(load, 0);
  return dispersion_constant * (1.0 / (f * f) - 1.0 / (top * top));
}

/// The trial after `dm`, by the formula of trial_spacing.hpp.
inline double next_trial(const Workload& load, double sample_s, double dm) {
  const double step = (load.top_mhz - load.bottom_mhz) / static_cast<double>(load.channels);
  const double middle = 0.5 * (centre_mhz(load, 0) + centre_mhz(load, load.channels - 1));
  const double a = 2.0 * dispersion_constant * step / (middle * middle * middle) / sample_s;
  const double b = a * static_cast<double>(load.channels) / 4.0;
  const double width = 40e-6 / sample_s;
  const double t2 = load.tolerance * load.tolerance;
  const double k = (1.0 + width * width) * (t2 - 1.0) + t2 * a * a * dm * dm;
  const double a2 = a * a;
  const double b2 = b * b;
  return (b2 * dm + std::sqrt(std::max(0.0, (a2 + b2) * k - a2 * b2 * dm * dm))) / (a2 + b2);
}

inline std::vector<WorkOctave> plan_workload(const Workload& load) {
  const double sweep = delay_s(load, load.channels - 1) / load.sample_time_s;
  std::vector<double> trials{0.0};
  std::size_t taken = 0;
  std::vector<WorkOctave> octaves;
  for (unsigned k = 0;; ++k) {
    WorkOctave octave;
    octave.downsample = 1U << (std::max(k, load.shift) - load.shift);
    octave.delay_step = std::max(1, (k < 2 ? 2 : 4) / static_cast<int>(octave.downsample));
    const double sample_s = octave.downsample * load.sample_time_s;
    const double top = std::ldexp(static_cast<double>(load.channels), static_cast<int>(k)) / sweep;
    const bool last = top >= load.dm_max;
    const double end = last ? load.dm_max : top;
    while (trials.back() < end) trials.push_back(next_trial(load, sample_s, trials.back()));
    for (; taken < trials.size() && (last || trials[taken] <= top); ++taken) {
      octave.trials.push_back(trials[taken]);
    }
    if (!octave.trials.empty()) octaves.push_back(octave);
    if (last) return octaves;
  }
}

inline TreePlan plan_of(const Workload& load, const WorkOctave& octave) {
  std::vector<double> delays;
  for (std::size_t c = 0; c < load.channels; ++c) {
    delays.push_back(delay_s(load, c) / (octave.downsample * load.sample_time_s));
  }
  return {delays, octave.trials, tree_radices(load.channels), octave.delay_step};
}

}  // namespace draftstream::bench
