// Noise of a series: how much more than white it is, wherever it is looked at.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "engine/tree/noise_watch.hpp"
#include "engine/tree/sums_of_four.hpp"
#include "tests/engine/every_target.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {
namespace {

constexpr std::size_t block = 8192;
constexpr double sigma = 100.0;

// Sums over `together` of white noise, scaled to the sigma of one.
std::vector<std::int16_t> noise(std::size_t samples, std::size_t together, std::uint64_t seed) {
  std::vector<std::int16_t> series(samples);
  for (std::size_t t = 0; t < samples; ++t) {
    double sum = 0.0;
    for (std::size_t i = 0; i < together; ++i) {
      sum += static_cast<double>(test::gaussian(seed, t + i));
    }
    series[t] = static_cast<std::int16_t>(sigma * sum / std::sqrt(static_cast<double>(together)));
  }
  return series;
}

double excess(const std::vector<std::int16_t>& series, std::uint64_t first, std::size_t width,
              const std::vector<float>& goods, std::size_t piece = 1024) {
  NoiseWatch watch{2, block};
  for (std::size_t t = 0; t < series.size(); t += piece) {
    watch.keep({1, series.data() + t, piece, t});
  }
  return watch.excess({1, first, goods}, width, sigma * std::sqrt(pyramid_widths[width]));
}

}  // namespace

TEST_CASE("sums of four are those of the plain loop", "[engine][noise_watch]") {
  std::vector<std::int16_t> series(1028);
  for (std::size_t t = 0; t < series.size(); ++t) {
    series[t] = static_cast<std::int16_t>(test::random_bits(3, t));
  }
  series[0] = series[1] = series[2] = series[3] = std::numeric_limits<std::int16_t>::max();
  series[4] = series[5] = series[6] = series[7] = std::numeric_limits<std::int16_t>::min();
  test::on_every_target([&] {
    for (const std::size_t length : {0UL, 4UL, 60UL, 64UL, 132UL, series.size()}) {
      std::vector<std::int16_t> out(length / 4 + 1, 7);
      auto expected = out;
      sum_fours({series.data(), length}, out.data());
      plain_sum_fours({series.data(), length}, expected.data());
      REQUIRE(out == expected);
    }
  });
  std::vector<std::int16_t> out(3);
  plain_sum_fours({series.data(), 12}, out.data());
  CHECK(out[0] == 32767);
  CHECK(out[1] == -32768);
  CHECK(out[2] == std::clamp(series[8] + series[9] + series[10] + series[11], -32768, 32767));
}

TEST_CASE("white noise has no excess, red noise its own", "[engine][noise_watch]") {
  const std::vector<float> goods(block / NoiseWatch::stretch, 1.0F);
  const auto white = noise(2 * block, 1, 1);
  const auto red = noise(2 * block, 16, 2);
  for (std::size_t width = 0; width < pyramid_widths.size(); ++width) {
    const std::size_t samples = pyramid_widths[width];
    INFO(samples << " samples");
    CHECK(excess(white, block, width, goods) < 1.03);
    if (samples > 64) continue;  // few boxes: what is left of the excess depends on luck
    // Variance of a box of n samples, each the sum of 16, over n; of four samples if it is shorter.
    const double n = samples < 8 ? 4.0 : static_cast<double>(samples);
    double variance = n;
    for (double lag = 1.0; lag < std::min(n, 16.0); lag += 1.0) {
      variance += 2.0 * (n - lag) * (1.0 - lag / 16.0);
    }
    const double expected = std::sqrt(variance / n);
    const double found = excess(red, block, width, goods);
    CHECK(found < 1.1 * expected);
    CHECK(found > 0.65 * expected);  // less what white noise may show
  }
}

TEST_CASE("a tile may begin anywhere, and pieces may have any length", "[engine][noise_watch]") {
  const std::vector<float> goods((block - 64) / NoiseWatch::stretch, 1.0F);
  const auto series = noise(2 * block, 16, 2);
  for (const std::uint64_t first : {block - 63UL, block - 2UL, block + 0UL, block + 64UL}) {
    const double whole = excess(series, first, 5, goods, 2 * block);
    CHECK(whole > 2.0);
    CHECK(excess(series, first, 5, goods, 256) == whole);
  }
}

TEST_CASE("pulses, and stretches without data, are no noise", "[engine][noise_watch]") {
  auto series = noise(2 * block, 1, 1);
  std::vector<float> goods(block / NoiseWatch::stretch, 1.0F);
  const double quiet = excess(series, block, 5, goods);
  for (std::size_t t = 0; t < 40; ++t) series[block + 3000 + t] = 2000;
  CHECK(excess(series, block, 5, goods) < quiet + 0.05);
  for (std::size_t t = 0; t < 4096; ++t) series[block + t] = 0;
  std::fill_n(goods.begin(), 64, 0.0F);
  CHECK(excess(series, block, 5, goods) < quiet + 0.05);
  // Half of the samples: boxes have the sigma of half, told by goods.
  for (std::size_t t = 4096; t < block; ++t) {
    series[block + t] = static_cast<std::int16_t>(series[block + t] * 0.8);
  }
  std::fill(goods.begin() + 64, goods.end(), 0.64F);
  CHECK(excess(series, block, 5, goods) < quiet + 0.05);
}

}  // namespace draftstream
