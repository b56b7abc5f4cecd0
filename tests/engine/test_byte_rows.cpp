// Every instruction set gives what the plain loops give, to the last bit.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "engine/tree/byte_rows.hpp"
#include "engine/tree/byte_rows_plain.hpp"
#include "engine/tree/byte_statistics.hpp"
#include "engine/tree/byte_statistics_plain.hpp"
#include "engine/tree/byte_stretches.hpp"
#include "engine/tree/byte_stretches_plain.hpp"
#include "tests/engine/every_target.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {
namespace {

using test::on_every_target;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t longest = 4096;

// Bytes of all values, or around a middle.
Bytes some_bytes(std::uint64_t seed, std::size_t length, double sigma) {
  Bytes result(length);
  for (std::size_t t = 0; t < length; ++t) {
    const double value = sigma == 0.0
                             ? 256.0 * test::uniform(seed, t)
                             : std::clamp(100.0 + sigma * test::gaussian(seed, t), 0.0, 255.0);
    result[t] = static_cast<std::uint8_t>(value);
  }
  return result;
}

Bytes some_valid(std::uint64_t seed, std::size_t length, double share) {
  Bytes result(length);
  for (std::size_t t = 0; t < length; ++t) result[t] = test::uniform(seed, t) < share ? 255 : 0;
  return result;
}

// Also: what a survey says of limits is what a look at the row says. Leaves the sums of stretches.
void check_survey(const Bytes& row, const std::uint8_t* valid, const ByteExtremes& inside,
                  std::vector<std::uint32_t>& sums) {
  ByteSurvey result;
  ByteSurvey expected;
  expected.inside = inside;
  auto expected_sums = sums;
  survey(row, valid, inside, sums.data(), result);
  plain::survey_here(row.data(), valid, row.size(), expected_sums.data(), expected);
  REQUIRE(sums == expected_sums);
  REQUIRE(result.range.lowest == expected.range.lowest);
  REQUIRE(result.range.highest == expected.range.highest);
  REQUIRE(result.all == expected.all);
  const bool told = expected.outside_count <= ByteSurvey::most_outside;
  REQUIRE((result.outside_count <= ByteSurvey::most_outside) == told);
  const Bytes all(row.size(), 255);
  const std::uint8_t* const counted = valid == nullptr ? all.data() : valid;
  for (const std::uint8_t low : {std::uint8_t{0}, std::uint8_t{60}, inside.lowest}) {
    for (const std::uint8_t high : {inside.highest, std::uint8_t{140}, std::uint8_t{255}}) {
      if (low > high || result.all.count == 0) continue;
      const bool everything = low <= result.range.lowest && result.range.highest <= high;
      const bool holds_inside = low <= inside.lowest && inside.highest <= high;
      REQUIRE(result.known(low, high) == (everything || (holds_inside && told)));
      if (!result.known(low, high)) continue;
      REQUIRE(result.within(low, high) ==
              plain::moments_within_here(row.data(), counted, row.size(), low, high));
    }
  }
}

}  // namespace

TEST_CASE("statistics of rows are those of the plain loops", "[engine][byte_rows][property]") {
  on_every_target([&] {
    for (const std::size_t length : {64UL, 128UL, 192UL, 1024UL, 2112UL, longest}) {
      for (const double share : {0.0, 0.3, 1.0}) {
        const Bytes row = some_bytes(length, length, share == 1.0 ? 0.0 : 12.0);
        const Bytes valid = some_valid(length, length, share);
        const ByteExtremes range = extremes(row, valid.data());
        const ByteExtremes expected = plain::extremes_here(row.data(), valid.data(), length);
        REQUIRE(range.lowest == expected.lowest);
        REQUIRE(range.highest == expected.highest);
        for (const auto& [low, high] : std::vector<std::pair<std::uint8_t, std::uint8_t>>{
                 {0, 255}, {90, 110}, {255, 255}, {0, 0}, {60, 255}, {0, 140}}) {
          REQUIRE(moments_within(row, valid.data(), low, high) ==
                  plain::moments_within_here(row.data(), valid.data(), length, low, high));
        }
        std::vector<std::uint32_t> sums(length / 8, 1);
        for (const ByteExtremes inside : {ByteExtremes{0, 255}, {64, 136}, {80, 120}}) {
          for (const std::uint8_t* const own_valid :
               {valid.data(), share == 1.0 ? nullptr : valid.data()}) {
            check_survey(row, own_valid, inside, sums);
          }
        }
        std::vector<std::uint32_t> longer(length / 64, 1);
        auto expected_longer = longer;
        add_eights(sums.data(), longer);
        plain::add_eights_here(sums.data(), expected_longer.data(), longer.size());
        REQUIRE(longer == expected_longer);
        std::vector<std::uint32_t> squares(length / 64, 1);
        auto expected_squares = squares;
        square_stretches(row, valid.data(), squares.data());
        plain::square_stretches_here(row.data(), valid.data(), length, expected_squares.data());
        REQUIRE(squares == expected_squares);
        if (length % 512 == 0) {
          Bytes some(length / 8);
          Bytes expected_some = some;
          every_eighth(row.data(), some);
          plain::every_eighth_here(row.data(), expected_some.data(), some.size());
          REQUIRE(some == expected_some);
        }
        for (const std::size_t missing : {0UL, 1UL, 63UL}) {
          Bytes bytes = row;
          std::fill(bytes.end() - static_cast<std::ptrdiff_t>(missing), bytes.end(), 255);
          REQUIRE(quartiles(bytes, length - missing) ==
                  plain::quartiles_here(bytes.data(), length, length - missing));
        }
      }
    }
  });
}

TEST_CASE("large sums stay whole", "[engine][byte_rows]") {
  const Bytes row(std::size_t{1} << 20U, 255);
  on_every_target([&] {
    const ByteMoments all = moments_within(row, row.data(), 0, 255);
    CHECK(all.count == row.size());
    CHECK(all.sum == row.size() * 255U);
    CHECK(all.squares == row.size() * 255U * 255U);
    const std::vector<std::int16_t> lowest(row.size(), -32768);
    CHECK(dot(row, lowest.data()) == -32768L * 255L * static_cast<std::int64_t>(row.size()));
  });
}

TEST_CASE("the largest powers are left out", "[engine][byte_rows][property]") {
  on_every_target([&] {
    for (const std::size_t length : {16UL, 128UL, 1024UL, 24576UL}) {
      for (const std::size_t kind : {0UL, 1UL, 2UL}) {
        std::vector<std::uint32_t> sums(length);
        std::vector<float> goods(length, 8.0F);
        std::vector<float> weights(length, 0.125F);
        for (std::size_t i = 0; i < length; ++i) {
          const float spread = kind == 1 ? 0.4F : 20.0F;  // 1: few values, so many equal ones
          sums[i] = static_cast<std::uint32_t>(std::lround(800.0F + spread * test::gaussian(3, i)));
          if (kind == 2 && i % 3 == 0) weights[i] = 0.0F;
        }
        std::vector<float> powers(length);
        auto expected = powers;
        stretch_powers(sums, goods.data(), weights.data(), 99.9F, powers.data());
        plain::stretch_powers_here(sums.data(), goods.data(), weights.data(), 99.9F,
                                   expected.data(), length);
        REQUIRE(powers == expected);
        for (const std::size_t left_out : {1UL, 2UL, length / 16 + 1, length - 1}) {
          for (const float typical : {0.0F, 1e-3F, 50.0F, 1e9F}) {
            const double sum = sum_without_largest(powers, left_out, typical);
            REQUIRE(sum == plain::sum_without_largest_here(powers.data(), length, left_out, 0.0F));
            auto sorted = powers;
            std::sort(sorted.begin(), sorted.end());
            double by_hand = 0.0;
            for (std::size_t i = 0; i < length - left_out; ++i) {
              by_hand += static_cast<double>(sorted[i]);
            }
            REQUIRE(std::abs(sum - by_hand) <=
                    1e-4 * (by_hand + static_cast<double>(sorted.back())));
          }
        }
      }
    }
  });
}

TEST_CASE("rows are counted, weighted and multiplied", "[engine][byte_rows][property]") {
  on_every_target([&] {
    for (const std::size_t count : {1UL, 2UL, 3UL, 4UL, 7UL, 61UL}) {
      for (const std::size_t length : {64UL, 192UL, 1024UL}) {
        const std::size_t stride = length + 64;
        const Bytes rows = some_bytes(count, count * stride, 0.0);
        std::vector<std::int16_t> gains(count);
        for (std::size_t r = 0; r < count; ++r) {
          gains[r] = static_cast<std::int16_t>(test::random_bits(2, r) % 32768U);
        }
        gains[0] = 32767;
        std::vector<std::int32_t> sums(length, 5);
        auto expected = sums;
        sum_weighted(rows.data(), stride, gains, sums);
        plain::sum_weighted_here(rows.data(), stride, gains.data(), count, expected.data(), length);
        REQUIRE(sums == expected);
        add_weighted(std::span{rows}.first(length), 1'234'567, sums.data());
        plain::add_weighted_here(rows.data(), 1'234'567, expected.data(), length);
        REQUIRE(sums == expected);

        Bytes counts(length, 3);
        Bytes expected_counts = counts;
        for (std::size_t r = 0; r < count; ++r) {
          const std::span row{rows.data() + r * stride, length};
          count_equal(row, 77, counts.data());
          plain::count_equal_here(row.data(), 77, expected_counts.data(), length);
        }
        REQUIRE(counts == expected_counts);

        std::vector<std::int16_t> series(length);
        for (std::size_t t = 0; t < length; ++t) {
          series[t] = static_cast<std::int16_t>(test::random_bits(4, t) & 0xffffU);
        }
        const std::span row{rows.data(), length};
        REQUIRE(dot(row, series.data()) == plain::dot_here(rows.data(), series.data(), length));
      }
    }
  });
}

// (byte - mean) * gain - share * series, worked out by hand; halves go to the even step.
TEST_CASE("bytes are rounded once, and saturate", "[engine][byte_rows]") {
  struct Row {
    const char* name;
    std::uint8_t byte;
    float series;
    ByteScale scale;
    int expected;
  };
  const Row rows[] = {
      {"two and a bit", 110, 0.0F, {100.0F, 0.21F, 1.0F}, 2},
      {"minus two and a bit", 90, 0.0F, {100.0F, 0.21F, 1.0F}, -2},
      {"nearly three", 110, 0.0F, {100.0F, 0.29F, 1.0F}, 3},
      {"nearly minus three", 90, 0.0F, {100.0F, 0.29F, 1.0F}, -3},
      {"two and a half", 105, 0.0F, {100.0F, 0.5F, 1.0F}, 2},
      {"three and a half", 107, 0.0F, {100.0F, 0.5F, 1.0F}, 4},
      {"less its share", 110, 3.0F, {100.0F, 1.0F, 2.0F}, 4},
      {"too high", 255, 0.0F, {100.0F, 1.0F, 1.0F}, 127},
      {"just not too high", 227, 0.0F, {100.0F, 1.0F, 1.0F}, 127},
      {"far too high", 255, -1e6F, {0.0F, 1e4F, 5.0F}, 127},
      {"too low", 0, 0.0F, {200.0F, 1.0F, 1.0F}, -128},
      {"far too low", 0, 1e6F, {200.0F, 1e4F, 5.0F}, -128},
  };
  on_every_target([&] {
    for (const Row& row : rows) {
      INFO(row.name);
      const Bytes bytes(64, row.byte);
      Bytes good(64, 255);
      good[5] = 0;
      const std::vector<float> series(64, row.series);
      std::vector<float> ordered(64);
      order_series(series, ordered.data());
      std::vector<std::int8_t> out(64, 99);
      quantise(bytes, good.data(), ordered.data(), row.scale, nullptr, out.data());
      for (std::size_t t = 0; t < 64; ++t) REQUIRE(int{out[t]} == (t == 5 ? 0 : row.expected));
    }
  });
}

TEST_CASE("quantised rows are those of the plain loops", "[engine][byte_rows][property]") {
  std::vector<float> series(longest);
  for (std::size_t t = 0; t < longest; ++t) series[t] = 0.3F * test::gaussian(9, t);
  on_every_target([&] {
    for (const std::size_t length : {64UL, 128UL, 192UL, longest}) {
      const Bytes row = some_bytes(5, length, 0.0);
      const Bytes good = some_valid(6, length, 0.8);
      const std::span own_series = std::span{series}.first(length);
      std::vector<float> ordered(length);
      order_series(own_series, ordered.data());
      const ByteScale slow{100.37F, 0.4231F, 4.9F};
      ByteScale scale = slow;
      scale.largest = 3.0F;
      const Bytes dither = some_bytes(7, length, 0.0);
      for (const std::uint8_t* const own_dither :
           {static_cast<const std::uint8_t*>(nullptr), dither.data()}) {
        std::vector<std::int8_t> out(length);
        auto expected = out;
        quantise(row, good.data(), ordered.data(), scale, own_dither, out.data());
        plain::quantise_here(row.data(), good.data(), own_series.data(), scale, own_dither,
                             expected.data(), length);
        REQUIRE(out == expected);
        quantise(row, good.data(), ordered.data(), slow, own_dither, out.data());
        REQUIRE(out == expected);
        // As far as numbers of 16 bits reach, and farther.
        for (const float gain : {120.0F, 124.9F, 125.1F, 140.0F, 300.0F}) {
          const ByteScale steep{0.0F, gain, -gain, 0.01F};
          std::vector<float> small(length, 0.01F);
          small[3] = -0.01F;
          std::vector<float> ordered_small(length);
          order_series(small, ordered_small.data());
          quantise(row, good.data(), ordered_small.data(), steep, own_dither, out.data());
          plain::quantise_here(row.data(), good.data(), small.data(), steep, own_dither,
                               expected.data(), length);
          REQUIRE(out == expected);
        }
      }
    }
    for (const std::size_t length : {0UL, 1UL, 15UL, 17UL, 100UL, 4095UL}) {
      std::vector<std::int8_t> out(length + 1, 55);
      auto expected = out;
      const Bytes dither = some_bytes(8, length, 0.0);
      quantise(std::span{std::as_const(series)}.first(length), 300.0F, dither.data(), out.data());
      plain::quantise_floats_here(series.data(), 300.0F, dither.data(), expected.data(), length);
      REQUIRE(out == expected);
    }
  });
}

// All bytes of dither, at every fraction of a step.
TEST_CASE("dithered rounding is right in the mean", "[engine][byte_rows]") {
  Bytes dither(256);
  std::iota(dither.begin(), dither.end(), std::uint8_t{0});
  const Bytes good(256, 255);
  on_every_target([&] {
    for (int k = -128; k <= 128; ++k) {
      const float wanted = 3.0F + static_cast<float>(k) / 256.0F;
      INFO(wanted);
      std::vector<std::int8_t> out(256);
      const auto sum = [&] { return std::accumulate(out.begin(), out.end(), 0); };
      // Ties, half of which round up, make at most 1 of 256.
      const int expected = 3 * 256 + k;
      const std::vector<float> nothing(256);
      quantise(Bytes(256, 100), good.data(), nothing.data(), {100.0F - wanted, 1.0F, 0.0F},
               dither.data(), out.data());
      CHECK(std::abs(sum() - expected) <= 1);
      quantise(std::vector<float>(256, wanted), 1.0F, dither.data(), out.data());
      CHECK(std::abs(sum() - expected) <= 1);
    }
    std::vector<std::int8_t> out(256, 99);
    quantise(std::vector<float>(256, 0.0F), 1.0F, dither.data(), out.data());
    CHECK(out == std::vector<std::int8_t>(256, 0));
  });
}

// All sums that two samples can have: (a + b) / sqrt(2), rounded.
TEST_CASE("pairs of samples become one of the same noise", "[engine][byte_rows]") {
  std::vector<std::int8_t> row;
  std::vector<int> expected;
  for (int sum = -256; sum <= 254; ++sum) {
    const int a = std::clamp(sum - sum / 2, -128, 127);
    row.push_back(static_cast<std::int8_t>(a));
    row.push_back(static_cast<std::int8_t>(sum - a));
    expected.push_back(std::clamp(
        static_cast<int>(std::lround(static_cast<double>(sum) / std::sqrt(2.0))), -128, 127));
  }
  on_every_target([&] {
    for (const std::size_t length : {0UL, 1UL, 31UL, 33UL, expected.size()}) {
      std::vector<std::int8_t> out(length + 1, 55);
      downsample(row.data(), std::span{out}.first(length));
      for (std::size_t i = 0; i < length; ++i) REQUIRE(int{out[i]} == expected[i]);
      CHECK(out.back() == 55);
    }
    std::vector<std::int8_t> in_place = row;
    downsample(in_place.data(), std::span{in_place}.first(expected.size()));
    for (std::size_t i = 0; i < expected.size(); ++i) REQUIRE(int{in_place[i]} == expected[i]);
  });
}

}  // namespace draftstream
