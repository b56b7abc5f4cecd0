// What the zero-DM filter leaves of the variance of a box: by hand, and measured on noise.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "engine/noise_model.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {
namespace {

std::vector<std::uint32_t> all_of(std::size_t channels) {
  std::vector<std::uint32_t> list(channels);
  std::iota(list.begin(), list.end(), 0U);
  return list;
}

}  // namespace

// Four channels, DM 0: all of a box lies at one delay: M = N, lost = w N^2 / (N^2 w) = 1.
// Delays 0, 3, 6, 9 and w = 2: no two channels share a time: M = 1 at 8 places,
// lost = 8 / (16 * 2) = 1/4. With w = 4, neighbours share one time each: 10 places of M = 1, 3 of
// M = 2: lost = 22 / (16 * 4).
TEST_CASE("shares worked out by hand", "[engine][noise_model]") {
  // Equal steps of f^-2 make equal steps of delay: 3 samples at DM 1.
  std::vector<Megahertz> centres;
  for (int c = 0; c < 4; ++c) {
    centres.emplace_back(1.0 / std::sqrt(1.0e-6 + c * 3.0e-3 * 2.41e-4));
  }
  const FrequencyAxis axis{centres};
  WorkerPool pool{2};
  const std::vector<std::uint32_t> widths{2, 4};
  const DmPlan zero{axis, Seconds{1e-3}, {DispersionMeasure{0.0}, DispersionMeasure{0.0}}};
  const DmPlan one{axis, Seconds{1e-3}, {DispersionMeasure{1.0}, DispersionMeasure{1.0}}};
  const auto channels = all_of(4);
  for (const ZeroDm filter : {ZeroDm::plain, ZeroDm::zdot}) {
    const NoiseModel at_zero{zero, channels, widths, filter, pool};
    CHECK(std::abs(at_zero.zero_dm_share(0, 0)) < 1e-6F);
    CHECK(std::abs(at_zero.zero_dm_share(0, 1)) < 1e-6F);
    const NoiseModel at_one{one, channels, widths, filter, pool};
    CHECK(std::abs(at_one.zero_dm_share(0, 0) - 0.75F) < 1e-6F);
    CHECK(std::abs(at_one.zero_dm_share(0, 1) - (1.0F - 22.0F / 64.0F)) < 1e-6F);
    // Two of them: delays 0 and 9 share nothing: lost = 2 w / (4 w).
    const std::vector<std::uint32_t> two{0, 3};
    const NoiseModel of_two{one, two, widths, filter, pool};
    CHECK(std::abs(of_two.zero_dm_share(0, 1) - 0.5F) < 1e-6F);
  }
  const NoiseModel off{one, channels, widths, ZeroDm::off, pool};
  CHECK(off.zero_dm_share(0, 0) == 1.0F);
}

// Subtracting the mean of each spectrum from white noise, then summing boxes along tracks: the
// variance over 20000 samples is known to sqrt(2 w / 20000), 4 % for 16 samples.
TEST_CASE("shares agree with noise that was filtered", "[engine][noise_model][property]") {
  const test::Band band{1500.0, -8.0, 32, 1e-3};
  constexpr std::size_t samples = 20000;
  test::Sky sky{band, samples, 5};
  for (std::size_t t = 0; t < samples; ++t) {
    float mean = 0.0F;
    for (std::size_t c = 0; c < band.channels; ++c) mean += sky.at(t, c) / 32.0F;
    for (std::size_t c = 0; c < band.channels; ++c) sky.at(t, c) -= mean;
  }
  const FrequencyAxis axis = sky.observation().frequency;
  const DmPlan plan{
      axis, Seconds{band.sample_time_s}, {DispersionMeasure{0.0}, DispersionMeasure{60.0}}};
  WorkerPool pool{1};
  const std::vector<std::uint32_t> widths{1, 4, 16};
  const NoiseModel model{plan, all_of(32), widths, ZeroDm::plain, pool};
  for (std::size_t trial = 0; trial < plan.trials(); trial += 4) {
    std::vector<double> before(samples + 1, 0.0);
    const std::size_t length =
        samples - static_cast<std::size_t>(band.sweep(plan.trial(trial).value())) - 2;
    for (std::size_t t = 0; t < length; ++t) {
      double sum = 0.0;
      for (std::size_t c = 0; c < band.channels; ++c) {
        const double late = band.late(plan.trial(trial).value(), c);
        sum += static_cast<double>(sky.at(t + static_cast<std::size_t>(std::lround(late)), c));
      }
      before[t + 1] = before[t] + sum;
    }
    for (std::size_t w = 0; w < widths.size(); ++w) {
      double squares = 0.0;
      const std::size_t starts = length - widths[w];
      for (std::size_t t = 0; t < starts; ++t) {
        squares += (before[t + widths[w]] - before[t]) * (before[t + widths[w]] - before[t]);
      }
      const double measured = squares / static_cast<double>(starts) / (32.0 * widths[w]);
      INFO("DM " << plan.trial(trial).value() << ", width " << widths[w]);
      CHECK(std::abs(measured - static_cast<double>(model.zero_dm_share(trial, w))) <
            0.01 + 4.0 * measured * std::sqrt(2.0 * widths[w] / static_cast<double>(samples)));
    }
  }
}

}  // namespace draftstream
