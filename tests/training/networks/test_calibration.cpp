// Probabilities that come true as often as they say.
#include "training/networks/calibration.hpp"

#include <cmath>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <vector>

#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

struct Sample {
  std::vector<double> logits;
  std::vector<std::uint8_t> labels;
};

Sample drawn(const Calibration& truth, std::size_t count) {
  std::mt19937_64 random{11};
  const auto uniform = [&] { return static_cast<double>(random() >> 11U) * 0x1.0p-53; };
  Sample sample;
  for (std::size_t i = 0; i < count; ++i) {
    sample.logits.push_back(12.0 * uniform() - 6.0);
    sample.labels.push_back(uniform() < truth.probability(sample.logits.back()) ? 1 : 0);
  }
  return sample;
}

}  // namespace

TEST_CASE("a calibration is found again in what it made", "[training][networks]") {
  for (const Calibration truth : {Calibration{1.0, 0.0}, {0.6, -1.5}, {2.5, 3.0}}) {
    const Sample sample = drawn(truth, 40000);
    const Calibration found = calibrate(sample.logits, sample.labels);
    CHECK(std::abs(found.slope / truth.slope - 1.0) < 0.05);
    CHECK(std::abs(found.offset - truth.offset) < 0.1);
    CHECK(calibration_error(found, sample.logits, sample.labels) < 0.01);
  }
  const Sample sample = drawn({0.3, -1.0}, 10000);
  CHECK(calibration_error({}, sample.logits, sample.labels) > 0.1);
}

// With z = s x + b and two values of x the likelihood is greatest where p is the mean target:
// 98 of 100 at +1 with targets 101/102 and 1/102, 2 of 100 at -1.
TEST_CASE("calibration by hand", "[training][networks]") {
  std::vector<double> logits(200, 1.0);
  std::vector<std::uint8_t> labels(200, 1);
  for (std::size_t i = 100; i < 200; ++i) logits[i] = -1.0;
  for (std::size_t i = 98; i < 198; ++i) labels[i] = 0;
  const double high = (98.0 * 101.0 + 2.0) / 102.0 / 100.0;
  const double logit = std::log(high / (1.0 - high));
  const Calibration found = calibrate(logits, labels);
  CHECK(found.slope == Approx(logit).epsilon(1e-6));
  CHECK(std::abs(found.offset) < 1e-6);
}

TEST_CASE("classes that can be separated are calibrated all the same", "[training][networks]") {
  const std::vector<double> logits{-3.0, -2.0, 2.0, 3.0};
  const std::vector<std::uint8_t> labels{0, 0, 1, 1};
  const Calibration found = calibrate(logits, labels);
  CHECK(found.slope > 0.2);
  CHECK(std::isfinite(found.slope));
  CHECK_THROWS_AS(calibrate(logits, std::vector<std::uint8_t>{1, 1, 1, 1}), std::invalid_argument);
  CHECK_THROWS_AS(calibrate(logits, std::vector<std::uint8_t>{1, 0}), std::invalid_argument);
}

TEST_CASE("probabilities of any logit are numbers", "[training][networks]") {
  CHECK(Calibration{}.probability(1000.0) == 1.0);
  CHECK(Calibration{}.probability(-1000.0) == 0.0);
  CHECK(Calibration{}.probability(0.0) == 0.5);
}

}  // namespace draftstream
