// Conditioned white noise has unit variance in every box: at every DM, width, mask and gap pattern,
// and whatever the zero-DM filter takes.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "engine/boxcar.hpp"
#include "engine/dedisperse.hpp"
#include "engine/history.hpp"
#include "engine/noise_model.hpp"
#include "tests/engine/condition_run.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

constexpr std::size_t block = 8192;
constexpr std::size_t blocks = 12;
const test::Band band{1500.0, -12.5, 40, 1e-3};

struct Pattern {
  const char* name;
  bool masked_channels;
  std::uint64_t gap_every;  // [samples]; 0: none
  bool random_nan;
  ZeroDm zero_dm;
};

}  // namespace

TEST_CASE("boxes of white noise have unit variance",
          "[engine][white_noise][property][statistics]") {
  const Pattern patterns[] = {
      {"plain noise, no filter", false, 0, false, ZeroDm::off},
      {"plain filter", false, 0, false, ZeroDm::plain},
      {"zdot filter", false, 0, false, ZeroDm::zdot},
      {"a third masked, zdot", true, 0, false, ZeroDm::zdot},
      {"gaps, no filter", false, 100, false, ZeroDm::off},
      {"gaps, zdot", false, 100, false, ZeroDm::zdot},
      {"masked, gaps and NaN, zdot", true, 300, true, ZeroDm::zdot},
  };
  const std::vector<std::uint32_t> widths{1, 2, 4, 16, 64, 256};
  for (const Pattern& pattern : patterns) {
    WorkerPool pool{2};
    const Observation observation = test::Sky{band, 1, 0}.observation();
    ConditionConfig config;
    config.zero_dm = pattern.zero_dm;
    config.masked_channels.assign(band.channels, false);
    std::vector<std::uint32_t> channels;
    for (std::uint32_t c = 0; c < band.channels; ++c) {
      config.masked_channels[c] = pattern.masked_channels && c % 3 == 0;
      if (!config.masked_channels[c]) channels.push_back(c);
    }
    const DmPlan plan{observation.frequency,
                      Seconds{band.sample_time_s},
                      {DispersionMeasure{0.0}, DispersionMeasure{100.0}}};
    Conditioner conditioner{observation.frequency, float_samples, config, pool};
    SampleHistory history{band.channels, blocks * block, block};
    ConditionedBlock conditioned;
    std::vector<double> good_samples;
    for (std::size_t b = 0; b < blocks; ++b) {
      test::Sky sky{band, block, 40 + b};
      if (pattern.random_nan) {
        for (std::size_t i = 0; i < sky.values.size(); ++i) {
          if (test::uniform(b, i) < 0.1) sky.values[i] = std::numeric_limits<float>::quiet_NaN();
        }
      }
      std::vector<Gap> gaps;
      for (std::uint64_t t = 50; pattern.gap_every != 0 && t + 60 < block; t += pattern.gap_every) {
        gaps.push_back({b * block + t, 1 + test::random_bits(7, t) % 50, Fate::missing});
      }
      const auto bytes = sky.stored();
      conditioner.condition(
          FilterbankChunk{b * block, block, band.channels, float_samples, bytes, gaps},
          conditioned);
      good_samples.push_back(static_cast<double>(conditioned.good_samples));
      for (std::size_t c = 0; c < band.channels; ++c) {
        history.store(c, b * block, conditioned.row(c), conditioned.weight_row(c));
      }
    }
    const Dedisperser dedisperser{channels};
    const NoiseModel noise{plan, channels, widths, pattern.zero_dm, pool};
    for (const std::size_t trial :
         {std::size_t{0}, std::size_t{2}, std::size_t{6}, plan.trials() / 3, plan.trials() - 1}) {
      std::vector<std::int32_t> track(band.channels);
      plan.delays(plan.trial(trial), track);
      const std::size_t length = blocks * block - plan.longest_delay();
      std::vector<float> series(length);
      std::vector<std::uint16_t> counts(length);
      const std::span<const std::int32_t> tracks{track};
      const std::span<float> sums{series};
      const std::span<std::uint16_t> goods{counts};
      dedisperser.sum(history, std::span{&tracks, 1}, 0, std::span{&sums, 1});
      dedisperser.count(history, std::span{&tracks, 1}, 0, std::span{&goods, 1});
      for (std::size_t w = 0; w < widths.size(); ++w) {
        const auto share = static_cast<double>(noise.zero_dm_share(trial, w));
        if (share < static_cast<double>(NoiseModel::least_share)) continue;
        double squares = 0.0;
        double boxes = 0.0;
        for (std::size_t t = 0; t + widths[w] <= length; t += std::max(1U, widths[w] / 4)) {
          double sum = 0.0;
          double good = 0.0;
          for (std::size_t i = t; i < t + widths[w]; ++i) {
            sum += static_cast<double>(series[i]);
            good += counts[i];
          }
          if (2.0 * good < static_cast<double>(widths[w] * channels.size())) continue;
          const double left =
              pattern.zero_dm != ZeroDm::off ? 1.0 : 1.0 - widths[w] / good_samples[t / block];
          squares += sum * sum / (good * share * left);
          boxes += 1.0;
        }
        const double independent = boxes * std::max(1U, widths[w] / 4) / widths[w];
        const double variance = squares / boxes;
        INFO(pattern.name << ", DM " << plan.trial(trial).value() << ", width " << widths[w]
                          << ", share " << share << ": variance " << variance << " of "
                          << independent << " boxes");
        // 4 errors of a measured variance, and 2 % for what the model leaves out.
        CHECK(std::abs(variance - 1.0) < 0.02 + 4.0 * std::sqrt(2.0 / independent));
      }
    }
  }
}

}  // namespace draftstream
