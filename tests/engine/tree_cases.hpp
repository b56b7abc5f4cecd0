// Trees of all shapes, and noise to put through them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/tree/tree_arithmetic.hpp"
#include "engine/tree/tree_plan.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream::test {

/// Delay behind channel 0 over equally wide channels, `sweep` at the last [samples].
inline std::vector<double> delays_of(std::size_t channels, double top_mhz, double bottom_mhz,
                                     double sweep) {
  Band band;
  band.step_mhz = (bottom_mhz - top_mhz) / static_cast<double>(channels);
  band.first_mhz = top_mhz + 0.5 * band.step_mhz;
  band.channels = channels;
  std::vector<double> delays(channels, 0.0);
  for (std::size_t c = 1; c < channels; ++c) {
    delays[c] = sweep * band.late(1.0, c) / band.sweep(1.0);
  }
  return delays;
}

/// DMs 0 to 1.
inline std::vector<double> even_trials(std::size_t count) {
  std::vector<double> trials(count, 0.0);
  for (std::size_t k = 1; k < count; ++k) {
    trials[k] = static_cast<double>(k) / static_cast<double>(count - 1);
  }
  return trials;
}

struct TreeCase {
  std::string name;
  TreePlan plan;
};

inline std::vector<TreeCase> tree_cases() {
  std::vector<TreeCase> cases;
  const auto add = [&](std::size_t channels, double sweep, std::size_t trials,
                       const std::vector<unsigned>& radices, int step) {
    std::string name = std::to_string(channels) + " channels, step " + std::to_string(step);
    for (const unsigned radix : radices) name += " x " + std::to_string(radix);
    cases.push_back({name, TreePlan{delays_of(channels, 1500.0, 1000.0, sweep), even_trials(trials),
                                    radices, step}});
  };
  add(1, 0.0, 1, {1}, 1);
  add(2, 9.0, 5, {2}, 1);
  add(3, 100.0, 7, {2, 2}, 1);
  add(7, 20.0, 20, {8}, 1);
  add(9, 70.0, 30, {8, 2}, 1);
  add(16, 300.0, 30, {4, 4}, 1);
  add(17, 64.0, 40, {4, 4, 2}, 1);
  add(31, 31.0, 16, {2, 2, 2, 2, 2}, 1);
  add(32, 200.0, 50, {32}, 4);
  add(37, 130.0, 40, {3, 5, 7}, 2);
  add(64, 63.0, 64, {8, 8}, 1);
  add(64, 256.0, 33, {64}, 1);
  add(65, 500.0, 33, {8, 8, 2}, 2);
  add(97, 97.0, 50, {4, 8, 4}, 1);
  add(100, 700.0, 25, {5, 5, 4}, 4);
  add(127, 90.0, 30, {1, 8, 16}, 1);  // a stage that sums nothing
  add(128, 127.0, 60, {4, 4, 8}, 1);
  add(129, 128.0, 20, {2, 4, 4, 8}, 1);  // the last node of each stage has one channel
  add(211, 300.0, 30, {6, 6, 6}, 2);
  add(256, 900.0, 30, {4, 8, 8}, 4);
  add(509, 508.0, 24, {8, 4, 16}, 1);
  return cases;
}

/// White noise of unit sigma, [channel][time], for which `values` rounded are int8 rows.
struct TreeNoise {
  std::size_t samples;
  std::vector<std::vector<float>> values;  // in units of sigma

  TreeNoise(std::size_t channels, std::size_t length, std::uint64_t seed)
      : samples{length}, values(channels, std::vector<float>(length)) {
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t t = 0; t < length; t += 2) {
        const TwoGaussians two = two_gaussians(seed * 100000 + c, t);
        values[c][t] = two.first;
        if (t + 1 < length) values[c][t + 1] = two.second;
      }
    }
  }

  [[nodiscard]] int rounded(std::size_t c, std::size_t t) const {
    const float scaled = std::nearbyint(values[c][t] * static_cast<float>(channel_sigma));
    return static_cast<int>(std::clamp(scaled, -127.0F, 127.0F));
  }

  [[nodiscard]] std::vector<std::vector<int>> rounded() const {
    std::vector<std::vector<int>> rows(values.size(), std::vector<int>(samples));
    for (std::size_t c = 0; c < rows.size(); ++c) {
      for (std::size_t t = 0; t < samples; ++t) rows[c][t] = rounded(c, t);
    }
    return rows;
  }
};

}  // namespace draftstream::test
