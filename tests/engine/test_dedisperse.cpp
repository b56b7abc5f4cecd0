// Sums along tracks against the same sums taken one by one in double precision.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/dedisperse.hpp"
#include "engine/history.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {
namespace {

constexpr std::size_t channels = 21;  // two groups of 8 and a rest
constexpr std::size_t block = 512;

float value_at(std::size_t channel, std::uint64_t n) {
  return test::gaussian(channel, n);
}
Weight weight_at(std::size_t channel, std::uint64_t n) {
  return static_cast<Weight>(test::random_bits(100 + channel, n) % 3);
}

void store(SampleHistory& history, std::uint64_t first, std::size_t samples) {
  std::vector<float> values(samples);
  std::vector<Weight> weights(samples);
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t t = 0; t < samples; ++t) {
      values[t] = value_at(c, first + t);
      weights[t] = weight_at(c, first + t);
    }
    history.store(c, first, values, weights);
  }
}

std::vector<std::int32_t> random_delays(std::uint64_t seed, std::uint64_t longest) {
  std::vector<std::int32_t> delays(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    delays[c] = static_cast<std::int32_t>(test::random_bits(seed, c) % (longest + 1));
  }
  return delays;
}

}  // namespace

// Float sums of 21 values of unit size round 20 times, each by at most 2^-24 of a partial sum below
// about 20: 3e-5.
TEST_CASE("sums follow the tracks", "[engine][dedisperse][property]") {
  SampleHistory history{channels, 3 * block, block};
  for (std::uint64_t b = 0; b < 3; ++b) store(history, b * block, block);
  const std::vector<std::uint32_t> summed{0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 12, 13, 15, 17, 20};
  const Dedisperser dedisperser{summed};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::array<std::vector<std::int32_t>, 3> all_delays{random_delays(3 * seed, 700),
                                                              random_delays(3 * seed + 1, 10),
                                                              random_delays(3 * seed + 2, 300)};
    const std::vector<std::span<const std::int32_t>> delays(all_delays.begin(), all_delays.end());
    for (const std::size_t length : {1UL, 255UL, 256UL, 257UL, 600UL}) {
      const std::uint64_t first = test::random_bits(50, seed) % 200;
      std::vector<std::vector<float>> all_sums(3, std::vector<float>(length, 99.0F));
      std::vector<std::vector<std::uint16_t>> all_goods(3, std::vector<std::uint16_t>(length, 99));
      const std::vector<std::span<float>> sums(all_sums.begin(), all_sums.end());
      const std::vector<std::span<std::uint16_t>> goods(all_goods.begin(), all_goods.end());
      dedisperser.sum(history, delays, first, sums);
      dedisperser.count(history, delays, first, goods);
      for (std::size_t trial = 0; trial < delays.size(); ++trial) {
        for (std::size_t i = 0; i < length; ++i) {
          double sum = 0.0;
          std::uint16_t good = 0;
          for (const std::uint32_t c : summed) {
            const std::uint64_t n = first + i + static_cast<std::uint64_t>(delays[trial][c]);
            sum += static_cast<double>(value_at(c, n));
            good = static_cast<std::uint16_t>(good + (weight_at(c, n) == Weight::good ? 1 : 0));
          }
          REQUIRE(std::abs(static_cast<double>(sums[trial][i]) - sum) < 3e-5);
          REQUIRE(goods[trial][i] == good);
        }
      }
    }
  }
}

TEST_CASE("one channel is delayed, and no more", "[engine][dedisperse]") {
  SampleHistory history{1, block, block};
  std::vector<float> values(block);
  for (std::size_t t = 0; t < block; ++t) values[t] = value_at(0, t);
  history.store(0, 0, values, std::vector<Weight>(block, Weight::good));
  std::vector<float> series(100);
  const std::vector<std::int32_t> delay{7};
  const std::span<const std::int32_t> delays{delay};
  const std::span<float> sums{series};
  Dedisperser{{0}}.sum(history, std::span{&delays, 1}, 3, std::span{&sums, 1});
  for (std::size_t i = 0; i < series.size(); ++i) CHECK(series[i] == values[10 + i]);
}

TEST_CASE("a history wraps around without a seam", "[engine][history][property]") {
  SampleHistory history{channels, 3 * block - 100, block};  // rounded up to 3 blocks
  for (std::uint64_t b = 0; b < 11; ++b) {
    store(history, b * block, block);
    const std::uint64_t end = (b + 1) * block;
    const std::uint64_t begin = b < 3 ? 0 : end - 3 * block;
    for (std::uint64_t n = begin; n < end; ++n) {
      const std::size_t reach = std::min<std::size_t>(SampleHistory::reach, end - n);
      for (const std::size_t c : {0UL, 20UL}) {
        for (std::size_t i = 0; i < reach; ++i) {
          REQUIRE(history.values(c, n)[i] == value_at(c, n + i));
          REQUIRE(history.weights(c, n)[i] == weight_at(c, n + i));
        }
      }
    }
  }
}

TEST_CASE("behind a short block there is nothing", "[engine][history]") {
  SampleHistory history{channels, 2 * block, block};
  for (std::uint64_t b = 0; b < 4; ++b) store(history, b * block, block);
  store(history, 4 * block, 10);
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::uint64_t n = 4 * block; n < 5 * block; ++n) {
      const bool there = n < 4 * block + 10;
      REQUIRE(*history.values(c, n) == (there ? value_at(c, n) : 0.0F));
      REQUIRE(*history.weights(c, n) == (there ? weight_at(c, n) : Weight::missing));
    }
  }
}

}  // namespace draftstream
