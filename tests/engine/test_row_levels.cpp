// Rows at several time resolutions, from block to block.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "engine/tree/row_levels.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {

TEST_CASE("rows keep what trees read of the block before, until it is forgotten",
          "[engine][row_levels]") {
  constexpr std::size_t channels = 3;
  constexpr std::size_t block = 256;
  WorkerPool pool{2};
  RowLevels rows{channels, block, {100, 10}};
  const auto fill = [&](std::int8_t value) {
    const QuantisedRows to = rows.begin_block(pool);
    for (std::size_t c = 0; c < channels; ++c) std::fill_n(to.first + c * to.stride, block, value);
    rows.complete(block, pool);
  };
  const auto before = [&](std::size_t level, std::size_t channel, std::size_t back) {
    return int{*(rows.first(level) + channel * rows.stride(level) - back)};
  };
  fill(20);
  fill(40);
  for (std::size_t c = 0; c < channels; ++c) {
    CHECK(before(0, c, 1) == 20);
    CHECK(before(0, c, 100) == 20);
    CHECK(before(1, c, 10) != 0);
  }
  rows.forget(pool);
  fill(60);
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t back = 1; back <= 100; ++back) CHECK(before(0, c, back) == 0);
    for (std::size_t back = 1; back <= 10; ++back) CHECK(before(1, c, back) == 0);
    CHECK(int{rows.first(0)[c * rows.stride(0)]} == 60);
  }
}

}  // namespace draftstream
