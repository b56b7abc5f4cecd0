// Red noise: how strong it is, that it is slow, and that all channels share it.
#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/training/spoilt_sky.hpp"

using namespace draftstream;
using namespace draftstream::test;

namespace {

std::vector<double> series(const std::vector<float>& values, std::size_t channel) {
  std::vector<double> result;
  for (std::size_t t = 0; t < samples; ++t) result.push_back(values[t * channels + channel]);
  return result;
}

double rms(const std::vector<double>& values) {
  double squares = 0.0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares / static_cast<double>(values.size()));
}

// Of differences between means over `length` samples that follow each other.
double rms_change(const std::vector<double>& values, std::size_t length) {
  std::vector<double> changes;
  double before = 0.0;
  for (std::size_t from = 0; from + length <= values.size(); from += length) {
    double mean = 0.0;
    for (std::size_t t = from; t < from + length; ++t) mean += values[t];
    mean /= static_cast<double>(length);
    if (from > 0) changes.push_back(mean - before);
    before = mean;
  }
  return rms(changes);
}

}  // namespace

TEST_CASE("red noise has its rms, in no channel less than half of it",
          "[training][interference][red_noise]") {
  const double amount = GENERATE(0.1, 3.0);
  const Spoilt sky = spoil(InterferenceKind::red_noise, amount);
  double strongest = 0.0;
  double weakest = 1e9;
  for (std::size_t c = 0; c < channels; ++c) {
    const double found = rms(series(sky.added, c));
    strongest = std::max(strongest, found);
    weakest = std::min(weakest, found);
  }
  CHECK(std::abs(strongest / amount - 1.0) < 0.25);  // some 50 slowest steps in 100 s
  CHECK(weakest / strongest > 0.499);
  CHECK(weakest / strongest < 0.95);  // patches
  CHECK(sky.truth.events == 0);
  CHECK(touched(sky.stored, 1.0F) == 0);
}

TEST_CASE("all channels share red noise", "[training][interference][red_noise]") {
  const Spoilt sky = spoil(InterferenceKind::red_noise, 1.0);
  const auto first = series(sky.added, 0);
  for (const std::size_t c : {std::size_t{57}, channels - 1}) {
    const auto other = series(sky.added, c);
    const double ratio = rms(other) / rms(first);
    for (std::size_t t = 0; t < samples; t += 37) {
      REQUIRE(std::abs(other[t] - ratio * first[t]) < 1e-5);
    }
  }
}

TEST_CASE("red noise is slow far more than fast", "[training][interference][red_noise]") {
  const auto values = series(spoil(InterferenceKind::red_noise, 1.0).added, 0);
  // White noise would change by 1/sqrt(length); power ~ 1/f changes by the same at every length,
  // and steeper spectra by more the longer it is.
  const double fast = rms_change(values, 1);
  const double medium = rms_change(values, 32);
  const double slow = rms_change(values, 1024);
  CAPTURE(fast, medium, slow);
  CHECK(medium > 0.9 * fast);
  CHECK(slow > 0.9 * medium);
  CHECK(slow > 1.2 * fast);
  CHECK(slow < 40.0 * fast);
}
