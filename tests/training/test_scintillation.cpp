// The statistics of a scintillation pattern, and that channels do not matter to it.
#include <cmath>
#include <numeric>
#include <vector>

#include "tests/support/catch.hpp"
#include "training/scintillation.hpp"

using namespace draftstream;

TEST_CASE("intensities have the mean, depth and scale that were asked for",
          "[training][scintillation][property]") {
  const double depth = GENERATE(0.3, 1.0);
  constexpr double scale = 10.0;
  constexpr std::size_t count = 4000;  // 100 MHz at a time: some 5 independent patches
  double mean = 0.0;
  double square = 0.0;
  double at_scale = 0.0;
  double far = 0.0;
  double least = 1e9;
  for (std::uint64_t seed = 0; seed < count; ++seed) {
    // Channels far narrower than the scale, 10 and 60 MHz apart.
    const auto a =
        scintillation({Megahertz{1400.0}, Megahertz{-0.01}, 1}, Megahertz{scale}, depth, seed)[0] -
        1.0;
    const auto b =
        scintillation({Megahertz{1390.0}, Megahertz{-0.01}, 1}, Megahertz{scale}, depth, seed)[0] -
        1.0;
    const auto c =
        scintillation({Megahertz{1340.0}, Megahertz{-0.01}, 1}, Megahertz{scale}, depth, seed)[0] -
        1.0;
    mean += a / count;
    square += a * a / count;
    at_scale += a * b / count;
    far += a * c / count;
    least = std::min(least, a + 1.0);
  }
  CAPTURE(depth, mean, square, at_scale, far);
  // |z|^2 is exponential: variance 1, fourth central moment 9.
  CHECK(std::abs(mean) < 4.5 * depth / std::sqrt(count));
  CHECK(std::abs(square / (depth * depth) - 1.0) < 4.5 * std::sqrt(8.0 / count));
  CHECK(std::abs(at_scale / (depth * depth) - 0.5) < 4.5 * std::sqrt(5.0 / count));
  CHECK(std::abs(far / (depth * depth)) < 4.5 / std::sqrt(count));
  CHECK(least >= 1.0 - depth);
  CHECK(least < 1.0 - depth + 0.01);
}

TEST_CASE("a pattern belongs to frequencies, not to channels", "[training][scintillation]") {
  const double scale = GENERATE(0.7, 4.0, 50.0);
  const FrequencyAxis coarse{Megahertz{1399.0}, Megahertz{-2.0}, 50};  // edges 1400 to 1300
  const FrequencyAxis fine{Megahertz{1300.125}, Megahertz{0.25}, 400};
  const auto wide = scintillation(coarse, Megahertz{scale}, 0.8, 3);
  const auto narrow = scintillation(fine, Megahertz{scale}, 0.8, 3);
  for (std::size_t c = 0; c < 50; ++c) {
    const auto first = narrow.begin() + static_cast<std::ptrdiff_t>(8 * (49 - c));
    const double mean = std::accumulate(first, first + 8, 0.0) / 8.0;
    CAPTURE(scale, c);
    CHECK(std::abs(wide[c] - mean) < 0.02);
  }
  CHECK(scintillation(coarse, Megahertz{scale}, 0.8, 4) != wide);
  CHECK(scintillation(coarse, Megahertz{scale}, 0.0, 3) == std::vector<double>(50, 1.0));
}
