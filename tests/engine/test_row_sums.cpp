// Every instruction set gives the bits of the plain loop.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/row_sums.hpp"
#include "tests/engine/every_target.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {

TEST_CASE("rows are added in order, whatever the vector length", "[engine][row_sums][property]") {
  constexpr std::size_t room = 300;
  std::vector<std::vector<float>> rows(rows_at_once, std::vector<float>(room));
  for (std::size_t row = 0; row < rows_at_once; ++row) {
    for (std::size_t t = 0; t < room; ++t) {
      // Of many sizes, so that another order of additions gives other bits.
      rows[row][t] = test::gaussian(row, t) * (t % 3 == 0 ? 1.0e4F : 1.0F);
    }
  }
  test::on_every_target([&] {
    for (const std::size_t count : {1UL, 2UL, 7UL, 8UL}) {
      for (const std::size_t length : {0UL, 1UL, 3UL, 15UL, 16UL, 17UL, 33UL, 64UL, 255UL, 256UL}) {
        for (const std::size_t offset : {0UL, 1UL, 5UL}) {
          std::vector<float> expected(length + 8, 0.25F);
          std::vector<float> sum = expected;
          std::vector<const float*> starts;
          for (std::size_t row = 0; row < count; ++row) {
            starts.push_back(rows[row].data() + offset + row);
          }
          for (std::size_t t = 0; t < length; ++t) {
            float total = expected[offset + t];
            for (const float* row : starts) total += row[t];
            expected[offset + t] = total;
          }
          add_rows(starts, std::span{sum}.subspan(offset, length));
          REQUIRE(sum == expected);
        }
      }
    }
  });
}

TEST_CASE("only weights of 1 are counted", "[engine][row_sums][property]") {
  constexpr std::size_t room = 300;
  std::vector<std::vector<std::uint8_t>> rows(rows_at_once, std::vector<std::uint8_t>(room));
  for (std::size_t row = 0; row < rows_at_once; ++row) {
    for (std::size_t t = 0; t < room; ++t) {
      rows[row][t] = static_cast<std::uint8_t>(test::random_bits(row, t) % 3);
    }
  }
  test::on_every_target([&] {
    for (const std::size_t count : {1UL, 5UL, 8UL}) {
      for (const std::size_t length : {0UL, 1UL, 8UL, 31UL, 32UL, 33UL, 256UL}) {
        std::vector<std::uint16_t> sum(length, 65000);
        std::vector<std::uint16_t> expected = sum;
        std::vector<const std::uint8_t*> starts;
        for (std::size_t row = 0; row < count; ++row) starts.push_back(rows[row].data() + row);
        for (std::size_t t = 0; t < length; ++t) {
          for (const std::uint8_t* row : starts) {
            expected[t] = static_cast<std::uint16_t>(expected[t] + (row[t] == 1 ? 1 : 0));
          }
        }
        count_good(starts, sum);
        REQUIRE(sum == expected);
      }
    }
  });
}

TEST_CASE("boxes double in place, and the better one stays", "[engine][row_sums][property]") {
  constexpr std::size_t room = 300;
  std::vector<float> noise(room);
  std::vector<float> others(room);
  for (std::size_t t = 0; t < room; ++t) {
    noise[t] = test::gaussian(31, t) * (t % 3 == 0 ? 1.0e4F : 1.0F);
    others[t] = test::gaussian(32, t);
  }
  test::on_every_target([&] {
    for (const std::size_t length : {1UL, 3UL, 16UL, 17UL, 33UL, 64UL, 255UL, 300UL}) {
      for (const std::size_t shift : {1UL, 2UL, 15UL, 16UL, 64UL}) {
        std::vector<float> row(noise.begin(), noise.begin() + static_cast<std::ptrdiff_t>(length));
        std::vector<float> expected = row;
        for (std::size_t t = 0; t + shift < length; ++t) expected[t] = row[t] + row[t + shift];
        add_shifted(row, shift);
        REQUIRE(row == expected);
      }
      std::vector<float> best(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(length));
      std::vector<float> larger = best;
      for (std::size_t t = 0; t < length; ++t) larger[t] = std::max(best[t], noise[t] * 0.7F);
      keep_larger(std::span{noise}.first(length), 0.7F, best);
      REQUIRE(best == larger);
    }
  });
}

TEST_CASE("the largest difference is found wherever it is", "[engine][row_sums][property]") {
  test::on_every_target([&] {
    for (const std::size_t length : {2UL, 3UL, 9UL, 16UL, 17UL, 40UL, 257UL}) {
      for (const std::size_t width : {1UL, 2UL, 7UL, length - 1}) {
        if (width >= length) continue;
        for (std::size_t where = 0; where + width < length; ++where) {
          std::vector<double> prefix(length);
          double sum = 0.0;
          for (std::size_t t = 0; t < length; ++t) {
            prefix[t] = sum;
            sum += -1.0 + 0.1 * static_cast<double>(test::gaussian(length, t));
            if (t == where) sum += 50.0;
          }
          double expected = prefix[width] - prefix[0];
          for (std::size_t t = 0; t + width < length; ++t) {
            expected = std::max(expected, prefix[t + width] - prefix[t]);
          }
          REQUIRE(largest_difference(prefix, width) == expected);
        }
      }
    }
  });
}

}  // namespace draftstream
