// The FDMT that the tree is compared with: it must be a real one.
#include <cmath>
#include <cstddef>
#include <vector>

#include "bench/float32_fdmt.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {
namespace {

FrequencyAxis band(std::size_t channels) {
  const double step = -300.0 / static_cast<double>(channels);
  return {Megahertz{1500.0 + 0.5 * step}, Megahertz{step}, channels};
}

}  // namespace

TEST_CASE("an FDMT of small integers is the sums of its tracks", "[bench][float32_fdmt]") {
  constexpr std::size_t max_delay = 90;
  constexpr std::size_t block = 70;
  for (const std::size_t channels : {1, 2, 7, 16, 33, 64}) {
    CAPTURE(channels);
    Float32Fdmt fdmt{band(channels), max_delay, block};
    std::vector<float> values(channels * (max_delay + block));
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(test::random_bits(channels, i) % 16);
    }
    fdmt.process(values.data());
    std::size_t wrong = 0;
    for (std::size_t delay = 0; delay <= max_delay; ++delay) {
      const auto track = fdmt.track(delay);
      REQUIRE(track.size() == channels);
      for (std::size_t t = 0; t < block; ++t) {
        float sum = 0.0F;
        for (std::size_t c = 0; c < channels; ++c) {
          const std::size_t newest =
              c * (max_delay + block) + max_delay + t - static_cast<std::size_t>(track[c].late);
          for (int n = 0; n <= track[c].more; ++n) {
            sum += values[newest - static_cast<std::size_t>(n)];
          }
        }
        wrong += sum == fdmt.trial(delay)[t] ? 0 : 1;
      }
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("an FDMT's tracks follow the law of dispersion", "[bench][float32_fdmt]") {
  constexpr std::size_t channels = 256;
  constexpr std::size_t max_delay = 1000;
  const FrequencyAxis frequency = band(channels);
  const Float32Fdmt fdmt{frequency, max_delay, 1};
  // Delay of the lower edge of the band behind a frequency, in units of that of the whole band.
  const auto late = [](double f) {
    return (1.0 / (1200.0 * 1200.0) - 1.0 / (f * f)) /
           (1.0 / (1200.0 * 1200.0) - 1.0 / (1500.0 * 1500.0));
  };
  for (const std::size_t delay : {0, 1, 10, 137, 500, 999, 1000}) {
    CAPTURE(delay);
    const auto track = fdmt.track(delay);
    double squares = 0.0;
    double mean = 0.0;
    for (std::size_t c = 0; c < channels; ++c) {
      const double exact = late(frequency.centre(c).value()) * static_cast<double>(delay);
      const double off = track[c].late + 0.5 * track[c].more - exact;
      squares += off * off;
      mean += off;
    }
    // Halves of a band are not equal: single samples of delay go to the lower one, stage by stage.
    // Rounded down instead, delays of 100 and more would be 2 samples off.
    CHECK(std::sqrt(squares / channels) < 1.0);
    CHECK(std::abs(mean / channels) < 1.0);
    CHECK(track.back().late == 0);
    CHECK(track.front().late + track.front().more == static_cast<int>(delay));
  }
}

TEST_CASE("an FDMT of one channel and one delay adds once", "[bench][float32_fdmt]") {
  // Rows: 2 of the channel; the first is the channel itself.
  CHECK(Float32Fdmt{band(1), 1, 8}.adds_a_sample() == 1.0);
  // Two channels, one delay: rows 2 and 2, then 2.
  CHECK(Float32Fdmt::adds_a_sample(band(2), 1) == 4.0);
  CHECK(Float32Fdmt::most_rows(band(2), 1) == 4);
}

}  // namespace draftstream
