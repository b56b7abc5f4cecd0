// A TreeDevice's work on noise with pulses, all that it hands out. Needs no library, so that it
// can be built where there is only a device.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/cuda/tree_device.hpp"
#include "tests/engine/tree_cases.hpp"

namespace draftstream::test {

/// Beams of noise in int8, with pulses of several widths and strengths in each; they differ.
struct DeviceSky {
  std::size_t samples;
  std::vector<std::vector<std::vector<int>>> beams;  // [beam][channel][time]

  DeviceSky(const TreePlan& plan, std::size_t count, std::size_t length) : samples{length} {
    for (std::size_t beam = 0; beam < count; ++beam) {
      beams.push_back(TreeNoise{plan.channels(), length, 7 + beam}.rounded());
      add_pulses(plan, beam);
    }
  }

  void add_pulses(const TreePlan& plan, std::size_t beam) {
    const std::vector<std::int32_t> track = plan.track(plan.trials().size() / 2);
    const std::int32_t longest = *std::max_element(track.begin(), track.end());
    for (std::size_t width : {1U, 5U, 40U, 300U}) {
      const std::size_t first = (1500 * width + 700 * beam) % (samples - width);
      const int height = width < 10 ? 60 : 9;
      for (std::size_t c = 0; c < track.size(); ++c) {
        const auto late = static_cast<std::size_t>(longest - track[c]);
        for (std::size_t t = first + late; t < std::min(first + late + width, samples); ++t) {
          int& value = beams[beam][c][t];
          value = std::min(127, value + height);
        }
      }
    }
    // Two samples that clip, between others that clip the other way: no box of 4 stands out, unless
    // sums of 2 are not clipped.
    for (std::size_t c = 0; c < track.size(); ++c) {
      const std::size_t first = 2700 - static_cast<std::size_t>(track[c]) % 150;
      for (std::size_t t = 0; t < 10; ++t) beams[beam][c][first + t] = t / 2 % 2 == 0 ? -128 : 127;
    }
    for (std::vector<int>& row : beams[beam]) {  // every value, and what clips
      for (int v = -128; v < 128; ++v) row[static_cast<std::size_t>(300 + v)] = v;
      for (std::size_t t = 0; t < 20; ++t) row[900 + t] = t % 2 == 0 ? 127 : -128;
    }
  }

  /// The same as bytes, [channel][time], as a caller keeps them: with `history` samples of 0.
  [[nodiscard]] std::vector<std::int8_t> bytes(std::size_t beam, std::size_t history) const {
    std::vector<std::int8_t> all;
    for (const std::vector<int>& row : beams[beam]) {
      all.insert(all.end(), history, 0);
      for (const int value : row) all.push_back(static_cast<std::int8_t>(value));
    }
    return all;
  }
};

/// Of white noise in every trial, different ones for every trial and beam.
inline std::vector<BoxThresholds> device_thresholds(const TreePlan& plan, std::size_t beams) {
  std::vector<BoxThresholds> all;
  for (std::size_t i = 0; i < beams * plan.trials().size(); ++i) {
    BoxThresholds one;
    const double sigma = 24.0 * std::sqrt(static_cast<double>(plan.stages().back().radix));
    const double snr = 4.5 + 0.25 * static_cast<double>(i % 5);
    for (std::size_t w = 0; w < pyramid_widths.size(); ++w) {
      const double sum = snr * sigma * std::sqrt(static_cast<double>(pyramid_widths[w]));
      const double halved = 0.95 * sum / static_cast<double>(1U << pyramid_halvings(w));
      one.sums[w] = static_cast<std::int32_t>(sum);
      one.first_look[w] = static_cast<std::int16_t>(std::min(32767.0, halved));
    }
    if (i % 3 == 1) {  // a width that is not searched
      one.first_look[i % pyramid_widths.size()] = 32767;
      one.sums[i % pyramid_widths.size()] = 2147483647;
    }
    all.push_back(one);
  }
  return all;
}

/// All that is handed out about some beams.
struct DeviceFinds {
  std::vector<std::vector<std::int16_t>> series;  // [beam * trials + trial][time]
  std::vector<std::vector<std::uint32_t>> seen;   // the same, [segment]
  std::vector<FoundCell> cells;                   // by beam, trial, place

  explicit DeviceFinds(std::size_t count) : series(count), seen(count) {}

  void sort() {
    std::sort(cells.begin(), cells.end(), [](const FoundCell& a, const FoundCell& b) {
      return std::tie(a.beam, a.cell.trial, a.cell.first) <
             std::tie(b.beam, b.cell.trial, b.cell.first);
    });
  }

  [[nodiscard]] bool same_cells(const DeviceFinds& other) const {
    return std::equal(cells.begin(), cells.end(), other.cells.begin(), other.cells.end(),
                      [](const FoundCell& a, const FoundCell& b) {
                        return a.beam == b.beam && a.cell.trial == b.cell.trial &&
                               a.cell.first == b.cell.first && a.cell.sums == b.cell.sums &&
                               a.cell.middles == b.cell.middles;
                      });
  }
};

/// Puts a whole sky through a device, chunk by chunk, as its user does.
inline DeviceFinds run_device(TreeDevice& device, const TreePlan& plan, const DeviceSky& sky,
                              const std::vector<BoxThresholds>& thresholds, std::size_t chunk) {
  const std::size_t beams = sky.beams.size();
  const std::size_t trials = plan.trials().size();
  DeviceFinds finds{beams * trials};
  std::vector<std::vector<std::int8_t>> rows;
  for (std::size_t beam = 0; beam < beams; ++beam) rows.push_back(sky.bytes(beam, 0));
  std::size_t put = 0;
  const auto put_next = [&] {
    if (put == sky.samples) return;
    std::vector<const std::int8_t*> firsts;
    for (const std::vector<std::int8_t>& beam : rows) firsts.push_back(beam.data() + put);
    device.put(firsts.data(), sky.samples);
    put += chunk;
  };
  put_next();
  for (std::size_t done = 0; done < sky.samples; done += chunk) {
    device.start(thresholds.data());
    put_next();
    device.finish(finds.cells);
    const std::vector<std::uint32_t> seen = device.seen();
    const std::size_t segments = chunk / segment_samples;
    for (std::size_t i = 0; i < beams * trials; ++i) {
      const auto first = seen.begin() + static_cast<std::ptrdiff_t>(i * segments);
      finds.seen[i].insert(finds.seen[i].end(), first,
                           first + static_cast<std::ptrdiff_t>(segments));
      finds.series[i].resize(done + chunk);
      device.series(i / trials, i % trials, done, chunk, &finds.series[i][done]);
    }
  }
  finds.sort();
  return finds;
}

/// What a device finds in one chunk, from sample `from` of the sky on, which is its sample `first`.
inline DeviceFinds run_chunk(TreeDevice& device, const TreePlan& plan, const DeviceSky& sky,
                             const std::vector<BoxThresholds>& thresholds, std::size_t chunk,
                             std::size_t from, std::uint64_t first) {
  const std::size_t trials = plan.trials().size();
  DeviceFinds finds{sky.beams.size() * trials};
  std::vector<std::vector<std::int8_t>> rows;
  std::vector<const std::int8_t*> firsts;
  for (std::size_t beam = 0; beam < sky.beams.size(); ++beam) {
    rows.push_back(sky.bytes(beam, 0));
    firsts.push_back(rows.back().data() + from);
  }
  device.put(firsts.data(), sky.samples);
  device.start(thresholds.data());
  device.finish(finds.cells);
  for (FoundCell& found : finds.cells) found.cell.first -= static_cast<std::int64_t>(first);
  const std::vector<std::uint32_t> seen = device.seen();
  const auto segments = static_cast<std::ptrdiff_t>(chunk / segment_samples);
  for (std::size_t i = 0; i < finds.series.size(); ++i) {
    const auto own = seen.begin() + static_cast<std::ptrdiff_t>(i) * segments;
    finds.seen[i].assign(own, own + segments);
    finds.series[i].resize(chunk);
    device.series(i / trials, i % trials, first, chunk, finds.series[i].data());
  }
  finds.sort();
  return finds;
}

/// Whether a device that has seen a chunk, and was restarted, finds in the next one what a new one
/// does.
inline bool forgets_all(TreeDevice& fresh, TreeDevice& restarted, const TreePlan& plan,
                        const DeviceSky& sky, const std::vector<BoxThresholds>& thresholds,
                        std::size_t chunk) {
  const DeviceFinds expected = run_chunk(fresh, plan, sky, thresholds, chunk, chunk, 0);
  (void)run_chunk(restarted, plan, sky, thresholds, chunk, 0, 0);
  restarted.restart(5 * chunk);
  const DeviceFinds found = run_chunk(restarted, plan, sky, thresholds, chunk, chunk, 5 * chunk);
  return found.series == expected.series && found.seen == expected.seen &&
         found.same_cells(expected) && !found.cells.empty();
}

}  // namespace draftstream::test
