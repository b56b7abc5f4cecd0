// Undispersed pulses are found, however they lie; dispersed ones are not.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

#include "tests/engine/condition_run.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {
namespace {

using test::Sky;

const test::Band band{1500.0, -1.171875, 256, 256e-6};
constexpr std::size_t block = 8192;

// Strength in every channel [sigma], of two periods over the band as sparks have it.
void add_impulse(Sky& sky, std::size_t first, std::size_t length, double strength, double phase) {
  for (std::size_t c = 0; c < band.channels; ++c) {
    const double place = static_cast<double>(c) / static_cast<double>(band.channels);
    const double ripple = 0.5 * std::cos(2.0 * std::numbers::pi * (2.0 * place + phase));
    for (std::size_t t = first; t < std::min(first + length, sky.samples); ++t) {
      sky.at(t, c) += static_cast<float>(strength * (1.0 + ripple));
    }
  }
}

std::vector<bool> masked(const Sky& sky) {
  const ConditionedBlock done = test::condition(sky, ConditionConfig{}, float_samples, 5.0F, 1.0F);
  std::vector<bool> result(done.samples);
  for (std::size_t t = 0; t < done.samples; ++t) result[t] = done.fates[t] == Fate::masked;
  return result;
}

}  // namespace

TEST_CASE("noise holds no impulses", "[engine][impulses]") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto found = masked(Sky{band, block, seed});
    CHECK(std::count(found.begin(), found.end(), true) == 0);
  }
}

TEST_CASE("an impulse is masked, and little beside it", "[engine][impulses][statistics]") {
  for (const std::size_t length : {1UL, 2UL, 5UL, 11UL, 32UL, 45UL}) {
    for (const double snr : {14.0, 40.0, 400.0}) {  // of all of it
      for (const std::size_t first : {0UL, 1000UL, 1023UL, 8130UL}) {
        INFO(length << " samples from " << first << ", S/N " << snr);
        Sky sky{band, block, 7};
        const double strength = snr / std::sqrt(static_cast<double>(length * band.channels));
        add_impulse(sky, first, length, strength, 0.1 * static_cast<double>(length));
        const auto found = masked(sky);
        std::size_t inside = 0;
        std::size_t beside = 0;
        for (std::size_t t = 0; t < block; ++t) {
          (t >= first && t < first + length ? inside : beside) += found[t] ? 1 : 0;
        }
        const auto there = static_cast<double>(std::min(length, block - first));
        // Of those near the threshold, a box of half the length or more.
        CHECK(static_cast<double>(inside) >= (snr > 14.0 ? 0.95 : length < 45 ? 0.5 : 0.0) * there);
        CHECK(beside <= length);
        if (snr / std::sqrt(static_cast<double>(length)) > 14.0) {
          CHECK(static_cast<double>(inside) == there);
          CHECK(beside == 0);
        }
      }
    }
  }
}

TEST_CASE("a crowd of impulses is masked, and the burst between them is not",
          "[engine][impulses][property]") {
  Sky sky{band, block, 8};
  sky.add({300.0, 3000.0, 12.0, 60.0});
  std::vector<bool> crowd(block);
  std::size_t bright = 0;
  for (std::size_t i = 0; i < 200; ++i) {  // 100 a second
    const auto first = static_cast<std::size_t>(test::uniform(9, 3 * i) * (block - 40.0));
    const auto length = static_cast<std::size_t>(1.0 + 38.0 * test::uniform(9, 3 * i + 1));
    add_impulse(sky, first, length, 0.6 * std::pow(8.0, test::uniform(9, 3 * i + 2)),
                test::uniform(10, i));
    for (std::size_t t = first; t < first + length; ++t) crowd[t] = true;
  }
  const auto found = masked(sky);
  std::size_t missed = 0;
  std::size_t wrong = 0;
  for (std::size_t t = 0; t < block; ++t) {
    bright += crowd[t] ? 1 : 0;
    missed += crowd[t] && !found[t] ? 1 : 0;
    wrong += found[t] && !crowd[t] ? 1 : 0;
  }
  INFO(bright << " spectra hold impulses; not masked: " << missed
              << ", masked for nothing: " << wrong);
  CHECK(static_cast<double>(missed) < 0.15 * static_cast<double>(bright));
  CHECK(static_cast<double>(wrong) < 0.05 * static_cast<double>(block - bright));
}

TEST_CASE("a dispersed pulse of any brightness stays", "[engine][impulses][property][statistics]") {
  for (const double dm : {15.0, 30.0, 100.0, 500.0}) {
    for (const double width : {1.0, 4.0, 12.0, 48.0}) {
      if (band.sweep(dm) < 1.5 * width) continue;  // it cannot be told from an impulse
      for (const double snr : {10.0, 50.0, 500.0}) {
        INFO("DM " << dm << ", " << width << " samples, S/N " << snr);
        Sky sky{band, block, 11};
        sky.add({dm, 3000.0, width, snr});
        const auto found = masked(sky);
        const auto lost = static_cast<double>(std::count(found.begin(), found.end(), true));
        // A short part of a very bright one may pass for an impulse, where it crosses fast.
        CHECK(lost <= (dm < 20.0 && snr > 100.0 ? 0.2 : 0.05) * (band.sweep(dm) + width));
      }
    }
  }
}

}  // namespace draftstream
