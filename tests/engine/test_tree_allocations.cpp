// A tree in its steady state allocates nothing.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/tree/boxcar_pyramid.hpp"
#include "engine/tree/tree_dedisperser.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {

static_assert(tree_lookback >= pyramid_lookback && tree_grid % pyramid_grid == 0);

TEST_CASE("nothing is allocated while samples stream", "[engine][tree_dedisperser][allocations]") {
  std::vector<double> delays(128);
  for (std::size_t c = 0; c < delays.size(); ++c) delays[c] = static_cast<double>(c);
  TreeDedisperser dedisperser{TreePlan{delays, {0.0, 0.25, 0.5, 1.0, 2.0}, {4, 4, 8}, 1}, 256};
  BoxcarPyramid pyramid{256};
  const PyramidValues thresholds = pyramid_thresholds(50.0, 3.0);
  const std::size_t stride = dedisperser.history() + 512;
  std::vector<std::int8_t> rows(delays.size() * stride);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int8_t>(i * i % 31);
  std::size_t pieces = 0;
  std::uint32_t widths = 0;
  const TreeDedisperser::Visit visit = [&](const TreePiece& piece) {
    widths |= pyramid.above(piece.sums, piece.samples, thresholds);
    ++pieces;
  };
  const std::uint64_t before = test::allocations();
  for (int round = 0; round < 4; ++round) {
    dedisperser.process(rows.data() + dedisperser.history(), stride, 512, visit);
  }
  CHECK(test::allocations() == before);
  CHECK(pieces == 4 * 2 * 5);
  CHECK(widths != 0);
}

}  // namespace draftstream
