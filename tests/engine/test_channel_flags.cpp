// Which channels stand out: interference that comes back does, one burst does not.
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "engine/channel_flags.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {
namespace {

constexpr std::size_t samples = 8192;

std::vector<float> white(std::uint64_t seed) {
  std::vector<float> row(samples);
  for (std::size_t t = 0; t < samples; ++t) row[t] = test::gaussian(seed, t);
  return row;
}

Unsteadiness measure(const std::vector<float>& row, const std::vector<Weight>& weights) {
  std::vector<float> work(row.size() / 8);
  return unsteadiness(row, weights, work);
}

Unsteadiness measure(const std::vector<float>& row) {
  return measure(row, std::vector<Weight>(row.size(), Weight::good));
}

// Are channels with `row` flagged among 63 of white noise?
bool stands_out(const std::vector<float>& row) {
  std::vector<Unsteadiness> all{measure(row)};
  for (std::uint64_t c = 1; c < 64; ++c) all.push_back(measure(white(1000 + c)));
  return outstanding(all)[0];
}

}  // namespace

TEST_CASE("white noise stands out nowhere", "[engine][channel_flags]") {
  std::size_t flagged = 0;
  for (std::uint64_t block = 0; block < 20; ++block) {
    std::vector<Unsteadiness> all;
    for (std::uint64_t c = 0; c < 128; ++c) all.push_back(measure(white(block * 128 + c)));
    for (const bool one : outstanding(all)) flagged += one ? 1 : 0;
  }
  CHECK(flagged <= 3);  // of 2560 channels
}

// Zeros of weight 0 count for nothing: half the samples missing leaves the measure where it was.
TEST_CASE("gaps do not change what white noise measures", "[engine][channel_flags]") {
  Unsteadiness whole{};
  Unsteadiness half{};
  for (std::uint64_t c = 0; c < 100; ++c) {
    auto row = white(c);
    const Unsteadiness a = measure(row);
    std::vector<Weight> weights(samples, Weight::good);
    for (std::size_t t = 0; t < samples; t += 3) {
      row[t] = 0.0F;
      weights[t] = Weight::missing;
    }
    const Unsteadiness b = measure(row, weights);
    for (std::size_t scale = 0; scale < whole.size(); ++scale) {
      whole[scale] += a[scale] / 100.0F;
      half[scale] += b[scale] / 100.0F;
    }
  }
  for (std::size_t scale = 0; scale < whole.size(); ++scale) {
    CHECK(std::abs(half[scale] / whole[scale] - 1.0F) < 0.12F);
  }
}

TEST_CASE("too few stretches measure nothing, and nothing stands out", "[engine][channel_flags]") {
  const std::vector<float> row(64 * 8 - 1, 1.0F);  // 7 stretches of 64, none of 512
  const Unsteadiness measured = measure(row);
  CHECK(!std::isnan(measured[0]));
  CHECK(std::isnan(measured[1]));
  CHECK(std::isnan(measured[2]));

  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<Unsteadiness> all;
  for (int c = 0; c < 15; ++c) {
    const float usual = 1.0F + 0.01F * static_cast<float>(c);
    all.push_back({usual, usual, usual});
  }
  all[3] = {50.0F, 50.0F, 50.0F};
  for (const bool one : outstanding(all)) CHECK(!one);  // 15 cannot say what is usual
  for (int c = 0; c < 10; ++c) all.push_back({1.0F + 0.01F * static_cast<float>(c), nan, 1.1F});
  all.push_back({1.1F, nan, nan});
  const auto flagged = outstanding(all);
  for (std::size_t c = 0; c < all.size(); ++c) CHECK(flagged[c] == (c == 3));
}

TEST_CASE("interference that comes back stands out", "[engine][channel_flags]") {
  SECTION("a radar: 5 samples in every 100") {
    auto row = white(1);
    for (std::size_t t = 0; t < samples; ++t) row[t] += t % 100 < 5 ? 4.0F : 0.0F;
    CHECK(stands_out(row));
  }
  SECTION("a carrier that comes and goes every 700 samples") {
    auto row = white(2);
    for (std::size_t t = 0; t < samples; ++t) row[t] += t / 700 % 2 == 0 ? 0.5F : -0.5F;
    CHECK(stands_out(row));
  }
  SECTION("a drift") {
    auto row = white(3);
    for (std::size_t t = 0; t < samples; ++t) {
      row[t] += static_cast<float>(t) / static_cast<float>(samples) - 0.5F;
    }
    CHECK(stands_out(row));
  }
}

// A channel of N sees S/N / sqrt(N) of a burst; it may lie across the border of two stretches.
TEST_CASE("one burst stands out nowhere, however bright", "[engine][channel_flags]") {
  for (const double snr : {10.0, 50.0, 300.0}) {
    for (const std::size_t width : {1UL, 4UL, 32UL, 128UL, 512UL}) {
      for (const std::size_t middle : {4100UL, 4096UL, 4352UL, 8192UL - 256UL}) {
        auto row = white(width + middle);
        const double height = snr / std::sqrt(64.0 * static_cast<double>(width));
        for (std::size_t t = middle - width / 2; t < middle - width / 2 + width; ++t) {
          row[t] += static_cast<float>(height);
        }
        INFO("S/N " << snr << ", " << width << " samples at " << middle);
        CHECK(!stands_out(row));
      }
    }
  }
}

}  // namespace draftstream
