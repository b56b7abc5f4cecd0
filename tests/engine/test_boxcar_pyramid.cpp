// The pyramid of boxes against its definition, and that against sums of the series.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "engine/boxcar.hpp"
#include "engine/tree/boxcar_pyramid.hpp"
#include "tests/engine/every_target.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {
namespace {

constexpr std::uint32_t all_widths = (1U << pyramid_widths.size()) - 1;

/// Noise of `sigma`, with pyramid_lookback samples in front.
std::vector<std::int16_t> noise(std::size_t samples, std::uint64_t seed, float sigma) {
  std::vector<std::int16_t> series(pyramid_lookback + samples);
  for (std::size_t t = 0; t < series.size(); ++t) {
    const float value = std::round(sigma * test::gaussian(seed, t));
    series[t] = static_cast<std::int16_t>(std::clamp(value, -32768.0F, 32767.0F));
  }
  return series;
}

/// Bits of the widths that are above `thresholds` by the definition.
std::uint32_t plain_above(const std::int16_t* piece, std::size_t samples,
                          const PyramidValues& thresholds) {
  const PyramidValues maxima = plain_pyramid_maxima(piece, samples);
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < maxima.size(); ++i) {
    if (maxima[i] > thresholds[i]) bits |= 1U << i;
  }
  return bits;
}

std::size_t grid_step(std::size_t i) {
  return std::size_t{1} << pyramid_halvings(i);
}

}  // namespace

TEST_CASE("the pyramid's widths are the search's", "[engine][boxcar_pyramid][table]") {
  const auto widths = boxcar_widths(widest_boxcar);
  REQUIRE(widths.size() == pyramid_widths.size());
  CHECK(std::equal(widths.begin(), widths.end(), pyramid_widths.begin()));
  CHECK(pyramid_halvings(0) == 0);
  CHECK(pyramid_halvings(6) == 0);  // 12
  CHECK(pyramid_halvings(7) == 1);  // 16
  CHECK(pyramid_halvings(8) == 1);  // 24
  CHECK(pyramid_halvings(9) == 2);
  CHECK(pyramid_halvings(17) == 6);  // 512, at every 64th sample
}

TEST_CASE("a step of known height in every box", "[engine][boxcar_pyramid][table]") {
  // 64 in every sample: a box of w samples holds 64 w, which is halved without a remainder.
  const std::vector<std::int16_t> series(pyramid_lookback + 128, 64);
  const PyramidValues maxima =
      plain_pyramid_maxima(series.data() + pyramid_lookback, series.size() - pyramid_lookback);
  CHECK(maxima == PyramidValues{64, 128, 192, 256, 384, 512, 768, 512, 768, 512, 768, 512, 768, 512,
                                768, 512, 768, 512});
}

TEST_CASE("every instruction set finds the plain maxima", "[engine][boxcar_pyramid][parity]") {
  test::on_every_target([] {
    for (const std::size_t samples : {64UL, 128UL, 192UL, 320UL, 512UL, 1024UL, 1984UL, 2048UL}) {
      BoxcarPyramid pyramid{2048};
      for (std::uint64_t seed = 0; seed < 12; ++seed) {
        // From quiet noise to noise that is clipped in every box.
        const float sigma = std::ldexp(1.0F, static_cast<int>(seed) + 2);
        const auto series = noise(samples, seed, sigma);
        const std::int16_t* const piece = series.data() + pyramid_lookback;
        PyramidValues thresholds = plain_pyramid_maxima(piece, samples);
        REQUIRE(pyramid.above(piece, samples, thresholds) == 0);
        for (std::size_t i = 0; i < thresholds.size(); ++i) {
          --thresholds[i];
          REQUIRE(pyramid.above(piece, samples, thresholds) == 1U << i);
          ++thresholds[i];
        }
      }
    }
  });
}

TEST_CASE("boxes are sums of the series, rounded down", "[engine][boxcar_pyramid][property]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::size_t samples = 64 * (1 + seed);
    const auto series = noise(samples, seed, 80.0F);
    const PyramidValues maxima = plain_pyramid_maxima(series.data() + pyramid_lookback, samples);
    std::vector<int> prefix(series.size() + 1, 0);
    for (std::size_t t = 0; t < series.size(); ++t) prefix[t + 1] = prefix[t] + series[t];
    for (std::size_t i = 0; i < pyramid_widths.size(); ++i) {
      int best = std::numeric_limits<int>::min();
      for (std::size_t t = grid_step(i) - 1; t < samples; t += grid_step(i)) {
        const std::size_t end = pyramid_lookback + t + 1;
        best = std::max(best, prefix[end] - prefix[end - pyramid_widths[i]]);
      }
      const double taken = std::ldexp(best, -static_cast<int>(pyramid_halvings(i))) - maxima[i];
      INFO("width " << pyramid_widths[i]);
      REQUIRE(taken >= 0.0);
      REQUIRE(taken <= 1.5 * pyramid_halvings(i));
    }
  }
}

TEST_CASE("the cut into pieces changes no box", "[engine][boxcar_pyramid][property]") {
  constexpr std::size_t samples = 4096;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const auto series = noise(samples, seed, 100.0F);
    const PyramidValues whole = plain_pyramid_maxima(series.data() + pyramid_lookback, samples);
    test::on_every_target([&] {
      for (const std::size_t longest : {64UL, 192UL, 1024UL, 2048UL}) {
        BoxcarPyramid pyramid{longest};
        PyramidValues below = whole;
        for (auto& threshold : below) --threshold;
        std::uint32_t found = 0;
        std::size_t begin = 0;
        for (std::size_t n = 0; begin < samples; ++n) {
          const std::size_t wanted = 64 * (1 + test::random_bits(seed, n) % (longest / 64));
          const std::size_t length = std::min(wanted, samples - begin);
          const std::int16_t* const piece = series.data() + pyramid_lookback + begin;
          REQUIRE(pyramid.above(piece, length, whole) == 0);
          REQUIRE(pyramid.above(piece, length, below) == plain_above(piece, length, below));
          found |= pyramid.above(piece, length, below);
          begin += length;
        }
        REQUIRE(found == all_widths);
      }
    });
  }
}

TEST_CASE("thresholds are S/N of white noise", "[engine][boxcar_pyramid][property]") {
  constexpr double sigma = 80.0;
  SECTION("by hand") {
    const PyramidValues thresholds = pyramid_thresholds(sigma, 7.0);
    CHECK(thresholds[0] == 560);
    CHECK(thresholds[3] == 1120);
    CHECK(thresholds[7] == 1119);  // 2240 / 2, less half a step
    CHECK(thresholds[17] == 194);  // 12671 / 64 = 197.99, less 3
    CHECK(pyramid_thresholds(1.0e4, 7.0)[0] == std::numeric_limits<std::int16_t>::max());
  }
  SECTION("what halving takes is given back in the mean") {
    // The share of pieces with a box above must not depend on how often the box was halved.
    constexpr std::size_t samples = 64;
    std::vector<double> excess(pyramid_widths.size(), 0.0);
    constexpr std::size_t pieces = 4000;
    for (std::size_t n = 0; n < pieces; ++n) {
      const auto series = noise(samples, 100 + n, static_cast<float>(sigma));
      const PyramidValues maxima = plain_pyramid_maxima(series.data() + pyramid_lookback, samples);
      for (std::size_t i = 15; i < pyramid_widths.size(); ++i) {
        int best = std::numeric_limits<int>::min();
        for (std::size_t t = grid_step(i) - 1; t < samples; t += grid_step(i)) {
          int sum = 0;
          for (std::size_t w = 0; w < pyramid_widths[i]; ++w) {
            sum += series[pyramid_lookback + t - w];
          }
          best = std::max(best, sum);
        }
        excess[i] += std::ldexp(best, -static_cast<int>(pyramid_halvings(i))) - maxima[i];
      }
    }
    CHECK(excess[15] / pieces == Approx(2.5).margin(0.1));    // 256: five halvings
    CHECK(excess[16] / pieces == Approx(3.75).margin(0.15));  // 384
    CHECK(excess[17] / pieces == Approx(3.0).margin(0.1));
  }
}

}  // namespace draftstream
