// The noise is normal and white, and a function of its key.
#include <array>
#include <cmath>
#include <vector>

#include "tests/support/catch.hpp"
#include "training/random.hpp"

using namespace draftstream;

namespace {

std::vector<float> noise(std::uint64_t seed, std::size_t count, std::uint64_t index = 0) {
  std::vector<float> values(count);
  RandomEngine engine = random_engine(seed, RandomStream::noise, index);
  fill_normal(engine, values);
  return values;
}

double beyond(double sigma) {
  return std::erfc(sigma / std::sqrt(2.0));
}  // both tails

}  // namespace

TEST_CASE("noise has the moments of a normal distribution", "[training][random][property]") {
  constexpr std::size_t count = 1 << 24;
  const auto values = noise(7, count);
  std::array<double, 5> moment{};
  for (const float value : values) {
    double power = 1.0;
    for (double& sum : moment) {
      sum += power / static_cast<double>(count);
      power *= value;
    }
  }
  // Variance of x^k is (2k-1)!! - ((k-1)!!)^2, the second term for even k only.
  const double n = static_cast<double>(count);
  CHECK(std::abs(moment[1]) < 4.0 * std::sqrt(1.0 / n));
  CHECK(std::abs(moment[2] - 1.0) < 4.0 * std::sqrt(2.0 / n));
  CHECK(std::abs(moment[3]) < 4.0 * std::sqrt(15.0 / n));
  CHECK(std::abs(moment[4] - 3.0) < 4.0 * std::sqrt(96.0 / n));
}

TEST_CASE("noise fills every part of the curve, the tail too", "[training][random][property]") {
  constexpr std::size_t count = 1 << 24;
  const auto values = noise(8, count);
  // 3.65 and 4: beyond the last layer of the ziggurat lies the tail, drawn in another way.
  constexpr std::array edges{0.1, 0.5, 1.0, 2.0, 3.0, 3.6, 3.7, 4.0, 4.5};
  std::array<double, edges.size()> counts{};
  for (const float value : values) {
    for (std::size_t i = 0; i < edges.size(); ++i) {
      if (std::abs(value) > edges[i]) counts[i] += 1.0;
    }
  }
  for (std::size_t i = 0; i < edges.size(); ++i) {
    CAPTURE(edges[i], counts[i]);
    const double p = beyond(edges[i]);
    const double expected = p * static_cast<double>(count);
    CHECK(std::abs(counts[i] - expected) < 4.0 * std::sqrt(expected * (1.0 - p)));
  }
}

TEST_CASE("noise is white, also in its squares", "[training][random][property]") {
  constexpr std::size_t count = 1 << 22;
  const auto values = noise(9, count);
  const double limit = 4.5 / std::sqrt(static_cast<double>(count));  // 40 tests at once
  for (const std::size_t lag : {1U, 2U, 3U, 7U, 64U, 312U, 624U, 1024U, 4096U, 262144U}) {
    double product = 0.0;
    double squares = 0.0;
    for (std::size_t i = lag; i < count; ++i) {
      const double a = values[i];
      const double b = values[i - lag];
      product += a * b;
      squares += (a * a - 1.0) * (b * b - 1.0) / 2.0;
    }
    CAPTURE(lag);
    CHECK(std::abs(product / static_cast<double>(count)) < limit);
    CHECK(std::abs(squares / static_cast<double>(count)) < limit);
  }
}

TEST_CASE("seeds, streams and indices have unrelated noise", "[training][random]") {
  constexpr std::size_t count = 100'000;
  const auto reference = noise(1, count);
  CHECK(noise(1, count) == reference);
  std::vector<float> other(count);
  RandomEngine engine = random_engine(1, RandomStream::gains);
  fill_normal(engine, other);
  for (const auto& values : {noise(2, count), noise(std::uint64_t{1} << 32U, count),
                             noise(1, count, 1), noise(1, count, std::uint64_t{1} << 32U), other}) {
    double product = 0.0;
    for (std::size_t i = 0; i < count; ++i) product += double{values[i]} * double{reference[i]};
    CHECK(std::abs(product) < 4.5 * std::sqrt(static_cast<double>(count)));
  }
}

TEST_CASE("hashed numbers are uniform", "[training][random]") {
  constexpr std::uint64_t count = 100'000;
  std::array<double, 10> bins{};
  for (std::uint64_t i = 0; i < count; ++i) {
    const double u = hashed_uniform(3, RandomStream::narrowband_switches, i % 100, i / 100);
    REQUIRE(u >= 0.0);
    REQUIRE(u < 1.0);
    bins[static_cast<std::size_t>(10.0 * u)] += 1.0;
  }
  for (const double bin : bins) CHECK(std::abs(bin - 10'000.0) < 4.5 * std::sqrt(9'000.0));
}
