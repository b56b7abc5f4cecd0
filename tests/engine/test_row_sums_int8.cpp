// Every instruction set gives the integers of the plain loops, and those are as worked out by hand.
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/tree/row_sums_int8.hpp"
#include "engine/tree/tree_arithmetic.hpp"
#include "tests/engine/every_target.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {
namespace {

constexpr std::size_t room = 700;

/// Rows of all int8 values; every fourth stays near one end, so that sums clip, too.
std::vector<std::vector<std::int8_t>> random_rows(std::size_t count) {
  std::vector<std::vector<std::int8_t>> rows(count, std::vector<std::int8_t>(room + count));
  for (std::size_t row = 0; row < count; ++row) {
    for (std::size_t t = 0; t < rows[row].size(); ++t) {
      const auto bits = static_cast<int>(test::random_bits(row, t) & 0xffU) - 128;
      const bool at_an_end = t / 16 % 4 == 0;
      rows[row][t] = static_cast<std::int8_t>(at_an_end ? (t / 64 % 2 == 0 ? 127 : -128) : bits);
    }
  }
  return rows;
}

/// Compares all lengths up to 80 and some long ones; each row begins at another misalignment.
void compare(std::size_t count, const RowSumsInt8& sums, const RowSumsInt8& plain) {
  const auto rows = random_rows(count);
  std::vector<const std::int8_t*> starts;
  for (std::size_t row = 0; row < count; ++row) starts.push_back(rows[row].data() + row);
  const auto factor = static_cast<std::int16_t>(32767 / static_cast<int>(count) + 1);
  for (std::size_t length = 0; length <= room; length += length < 80 ? 1 : 31) {
    std::vector<std::int8_t> bytes(length + 1, 99);
    auto expected_bytes = bytes;
    sums.to_int8(starts.data(), count, factor, bytes.data(), length);
    plain.to_int8(starts.data(), count, factor, expected_bytes.data(), length);
    REQUIRE(bytes == expected_bytes);
    std::vector<std::int16_t> words(length + 1, 99);
    auto expected_words = words;
    sums.to_int16(starts.data(), count, words.data(), length);
    plain.to_int16(starts.data(), count, expected_words.data(), length);
    REQUIRE(words == expected_words);
  }
}

}  // namespace

TEST_CASE("sums are scaled to int8 by hand-worked rounding", "[engine][row_sums_int8][table]") {
  struct Row {
    const char* name;
    int sum;
    std::int16_t factor;
    int expected;
  };
  const auto row = GENERATE(values<Row>({{"nothing", 0, 8191, 0},
                                         {"a half goes down to 0", 2, 8191, 0},
                                         {"a half goes up to 0", -2, 8191, 0},
                                         {"a half above 1 goes down to 1", 6, 8191, 1},
                                         {"a half below -1 goes up to -1", -6, 8191, -1},
                                         {"an exact quarter would go up", 2, 8192, 1},
                                         {"and up again", -2, 8192, 0},
                                         {"three quarters", 3, 8191, 1},
                                         {"a sum of one row stays", 127, 32767, 127},
                                         {"a sum of one row stays, below", -128, 32767, -128},
                                         {"clipped above", 600, 8191, 127},
                                         {"clipped below", -600, 8191, -128},
                                         {"of 64 rows", 8128, 4095, 127},
                                         {"by the square root of 8", 100, 11585, 35}}));
  INFO(row.name);
  CHECK(scaled_to_int8(row.sum, row.factor) == row.expected);
  // The loops, too: two rows with that sum, where int8 can hold them.
  if (row.sum <= 254 && row.sum >= -256) {
    const std::array<std::int8_t, 1> first{static_cast<std::int8_t>(row.sum / 2)};
    const std::array<std::int8_t, 1> second{static_cast<std::int8_t>(row.sum - row.sum / 2)};
    const std::array<const std::int8_t*, 2> rows{first.data(), second.data()};
    std::int8_t sum = 0;
    plain_row_sums_int8().to_int8(rows.data(), rows.size(), row.factor, &sum, 1);
    CHECK(sum == row.expected);
    std::int16_t word = 0;
    plain_row_sums_int8().to_int16(rows.data(), rows.size(), &word, 1);
    CHECK(word == 4 * row.sum);
  }
}

TEST_CASE("factors grow noise a little", "[engine][row_sums_int8][table]") {
  CHECK(stage_factors({}).empty());
  CHECK(stage_factors({8}).empty());
  // 1.2 / sqrt(radix) of 32768, then 1.04 / sqrt(radix): rounded down to odd.
  CHECK(stage_factors({4, 8, 16, 32}) == std::vector<std::int16_t>{19659, 12047, 8519});
  CHECK(stage_factors({8, 9, 64, 2}) == std::vector<std::int16_t>{13901, 11359, 4259});
  CHECK(stage_factors({1, 1, 2, 2, 8}) == std::vector<std::int16_t>{32767, 32767, 24097, 24097});
}

TEST_CASE("rounding has no bias", "[engine][row_sums_int8][property]") {
  for (const std::int16_t factor : stage_factors({1, 2, 3, 4, 5, 8, 9, 16, 32, 64, 1})) {
    for (int sum = 0; sum <= 8128; ++sum) {
      if (scaled_to_int8(sum, factor) == 127) break;
      REQUIRE(scaled_to_int8(-sum, factor) == -scaled_to_int8(sum, factor));
    }
  }
}

TEST_CASE("every instruction set sums int8 rows alike", "[engine][row_sums_int8][parity]") {
  test::on_every_target([] {
    for (std::size_t count = 1; count <= 32; ++count) {
      compare(count, row_sums_int8(), plain_row_sums_int8());
    }
    compare(most_rows_in_a_sum, row_sums_int8(), plain_row_sums_int8());
  });
}

TEST_CASE("the largest and smallest sums fit", "[engine][row_sums_int8][edge]") {
  test::on_every_target([] {
    for (const int value : {127, -128}) {
      const std::vector<std::int8_t> row(100, static_cast<std::int8_t>(value));
      const std::vector<const std::int8_t*> rows(most_rows_in_a_sum, row.data());
      std::vector<std::int16_t> sum(100);
      row_sums_int8().to_int16(rows.data(), rows.size(), sum.data(), sum.size());
      CHECK(sum == std::vector<std::int16_t>(100, static_cast<std::int16_t>(value * 256)));
    }
  });
}

}  // namespace draftstream
