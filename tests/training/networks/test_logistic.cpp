// Probabilities that come true as often as they say.
#include "training/networks/logistic.hpp"

#include <cmath>
#include <cstddef>
#include <random>
#include <stdexcept>
#include <vector>

#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

LabelledFeatures drawn(const Logistic& truth, std::size_t count) {
  std::mt19937_64 random{11};
  const auto uniform = [&] { return static_cast<double>(random() >> 11U) * 0x1.0p-53; };
  LabelledFeatures sample{truth.weights.size(), {}, {}};
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < sample.features; ++k) {
      sample.values.push_back(12.0 * uniform() - 6.0);
    }
    const std::span<const double> last = std::span{sample.values}.last(sample.features);
    sample.bursts.push_back(uniform() < truth.probability(last) ? 1 : 0);
  }
  return sample;
}

LabelledFeatures of_one(std::vector<double> values, std::vector<std::uint8_t> bursts) {
  return {1, std::move(values), std::move(bursts)};
}

}  // namespace

TEST_CASE("a logistic function is found again in what it made", "[training][networks]") {
  for (const Logistic& truth :
       {Logistic{{1.0}, 0.0}, {{0.6}, -1.5}, {{2.5}, 3.0}, {{0.7, 1.3}, -1.0}}) {
    const LabelledFeatures sample = drawn(truth, 40000);
    const Logistic found = fit_logistic(sample);
    REQUIRE(found.weights.size() == truth.weights.size());
    for (std::size_t k = 0; k < truth.weights.size(); ++k) {
      CHECK(std::abs(found.weights[k] / truth.weights[k] - 1.0) < 0.05);
    }
    CHECK(std::abs(found.shift - truth.shift) < 0.1);
    CHECK(calibration_error(found, sample) < 0.01);
  }
  CHECK(calibration_error({{1.0}, 0.0}, drawn({{0.3}, -1.0}, 10000)) > 0.1);
}

// With two values of x the likelihood is greatest where p is the mean target: at +1, 98 of 100 with
// targets 101/102 and 1/102; at -1, 2 of 100.
TEST_CASE("a logistic function by hand", "[training][networks]") {
  std::vector<double> values(200, 1.0);
  std::vector<std::uint8_t> bursts(200, 1);
  for (std::size_t i = 100; i < 200; ++i) values[i] = -1.0;
  for (std::size_t i = 98; i < 198; ++i) bursts[i] = 0;
  const double high = (98.0 * 101.0 + 2.0) / 102.0 / 100.0;
  const Logistic found = fit_logistic(of_one(values, bursts));
  CHECK(found.weights[0] == Approx(std::log(high / (1.0 - high))).epsilon(1e-6));
  CHECK(std::abs(found.shift) < 1e-6);
}

TEST_CASE("classes that can be separated have a logistic function all the same",
          "[training][networks]") {
  const Logistic found = fit_logistic(of_one({-3.0, -2.0, 2.0, 3.0}, {0, 0, 1, 1}));
  CHECK(found.weights[0] > 0.2);
  CHECK(std::isfinite(found.weights[0]));
  CHECK_THROWS_AS(fit_logistic(of_one({1.0, 2.0}, {1, 1})), std::invalid_argument);
  CHECK_THROWS_AS(fit_logistic(of_one({1.0, 2.0, 3.0}, {1, 0})), std::invalid_argument);
}

TEST_CASE("probabilities of any logit are numbers", "[training][networks]") {
  const Logistic plain{{1.0}, 0.0};
  CHECK(plain.probability(std::vector{1000.0}) == 1.0);
  CHECK(plain.probability(std::vector{-1000.0}) == 0.0);
  CHECK(plain.probability(std::vector{0.0}) == 0.5);
}

}  // namespace draftstream
