#include "bench/direct_trials.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>

#include "bench/noise.hpp"

namespace draftstream {
namespace {

constexpr std::size_t trials_a_task = 16;  // as in DirectSearch
constexpr std::size_t tasks = 3;
constexpr std::size_t tile = 4096;
constexpr std::size_t most_history_bytes = 500'000'000;

std::vector<std::uint32_t> all_of(std::size_t channels) {
  std::vector<std::uint32_t> all(channels);
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

}  // namespace

DirectTrials::DirectTrials(const Workload& load, const std::vector<DispersionMeasure>& trials)
    : sample_time_s_{load.sample_time_s},
      plan_{load.observation().frequency, load.observation().time.sample_time, trials},
      history_{load.channels,
               std::min(plan_.longest_delay() + 2 * tile, most_history_bytes / 5 / load.channels),
               tile},
      dedisperser_{all_of(load.channels)},
      boxes_{boxcar_widths(widest_boxcar), 7.0},
      shares_(boxcar_widths(widest_boxcar).size(), 1.0F),
      sums_(trials_a_task * tile),
      goods_(tile, static_cast<std::uint16_t>(load.channels)),
      delays_(trials_a_task * load.channels) {
  Noise noise{3};
  std::vector<float> values(tile);
  const std::vector<Weight> weights(tile, Weight::good);
  const std::size_t blocks = history_.bytes() / 5 / load.channels / tile;
  for (std::size_t c = 0; c < load.channels; ++c) {
    for (float& value : values) value = 0.2F * static_cast<float>(noise.steps());
    for (std::size_t b = 0; b < blocks; ++b) history_.store(c, b * tile, values, weights);
  }
}

void DirectTrials::run() {
  const std::size_t channels = plan_.channels();
  for (std::size_t task = 0; task < tasks; ++task) {
    const std::size_t first =
        (2 * task + 1) * (plan_.trials() - trials_a_task) / (2 * tasks);  // evenly over all
    std::array<std::span<const std::int32_t>, trials_a_task> tracks;
    std::array<std::span<float>, trials_a_task> sums;
    for (std::size_t k = 0; k < trials_a_task; ++k) {
      const auto track = std::span{delays_}.subspan(k * channels, channels);
      plan_.delays(plan_.trial(first + k), track);
      tracks[k] = track;
      sums[k] = std::span{sums_}.subspan(k * tile, tile);
    }
    dedisperser_.sum(history_, tracks, 0, sums);
    for (std::size_t k = 0; k < trials_a_task; ++k) {
      boxes_.search({sums[k], goods_, 0, 0, true}, shares_, 0.5 * static_cast<double>(channels),
                    static_cast<std::uint32_t>(first + k), found_);
    }
    found_.clear();
  }
}

Work DirectTrials::work() {
  const double part =
      static_cast<double>(tasks * trials_a_task) / static_cast<double>(plan_.trials());
  return {"direct", part * static_cast<double>(tile) * sample_time_s_, [this] { run(); }, {}};
}

}  // namespace draftstream
