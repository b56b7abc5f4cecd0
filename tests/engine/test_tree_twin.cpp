// What kernels do, walked by the CPU, against the engine's tree and boxes: the same bits.
#include <cstddef>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <vector>

#include "engine/cuda/tree_device.hpp"
#include "engine/cuda/tree_layout.hpp"
#include "engine/tree/box_search.hpp"
#include "engine/tree/boxcar_pyramid.hpp"
#include "engine/tree/tree_dedisperser.hpp"
#include "tests/engine/tree_cases.hpp"
#include "tests/engine/tree_device_run.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

/// The same by the engine, all at once: its own results do not depend on cuts.
test::DeviceFinds run_engine(const TreePlan& plan, const test::DeviceSky& sky,
                             const std::vector<BoxThresholds>& thresholds) {
  const std::size_t trials = plan.trials().size();
  test::DeviceFinds finds{sky.beams.size() * trials};
  BoxcarPyramid pyramid{segment_samples};
  for (std::size_t beam = 0; beam < sky.beams.size(); ++beam) {
    TreeDedisperser tree{plan, sky.samples};
    BoxSearch boxes{trials, sky.samples};
    const std::vector<std::int8_t> rows = sky.bytes(beam, tree.history());
    std::vector<CellBoxes> cells;
    const auto visit = [&](const TreePiece& piece) {
      const std::size_t i = beam * trials + piece.trial;
      finds.series[i].assign(piece.sums, piece.sums + piece.samples);
      for (std::size_t t = 0; t < piece.samples; t += segment_samples) {
        finds.seen[i].push_back(
            pyramid.above(piece.sums + t, segment_samples, thresholds[i].first_look));
      }
      boxes.search(piece, thresholds[i], cells);
    };
    tree.process(rows.data() + tree.history(), tree.history() + sky.samples, sky.samples, visit);
    for (const CellBoxes& cell : cells) {
      finds.cells.push_back({static_cast<std::uint32_t>(beam), cell});
    }
  }
  finds.sort();
  return finds;
}

}  // namespace

TEST_CASE("the walked kernels give the engine's bits", "[engine][tree_twin][parity][arithmetic]") {
  constexpr std::size_t beams = 2;
  std::set<std::uint32_t> widths_seen;
  for (const auto& [name, plan] : test::tree_cases()) {
    INFO(name);
    const test::DeviceSky sky{plan, beams, 3840};
    const auto thresholds = test::device_thresholds(plan, beams);
    const test::DeviceFinds expected = run_engine(plan, sky, thresholds);
    REQUIRE(!expected.cells.empty());
    for (const auto& seen : expected.seen) widths_seen.insert(seen.begin(), seen.end());
    for (const std::size_t chunk : {256UL, 768UL, 1280UL}) {  // half a block, blocks and a half
      INFO("chunks of " << chunk);
      const auto twin = make_tree_twin(plan, {beams, chunk, 2 * chunk});
      const test::DeviceFinds found = test::run_device(*twin, plan, sky, thresholds, chunk);
      CHECK((found.series == expected.series));  // not shown: too long to read
      CHECK((found.seen == expected.seen));
      CHECK(found.same_cells(expected));
    }
  }
  std::uint32_t all = 0;
  for (const std::uint32_t widths : widths_seen) all |= widths;
  CHECK(all == (1U << pyramid_widths.size()) - 1);
}

TEST_CASE("a twin that was restarted knows nothing of what came before",
          "[engine][tree_twin][property][arithmetic]") {
  constexpr std::size_t chunk = 1280;
  for (const auto& [name, plan] : test::tree_cases()) {
    INFO(name);
    const test::DeviceSky sky{plan, 2, 3840};
    const auto thresholds = test::device_thresholds(plan, 2);
    const auto fresh = make_tree_twin(plan, {2, chunk, 2 * chunk});
    const auto restarted = make_tree_twin(plan, {2, chunk, 2 * chunk});
    CHECK(test::forgets_all(*fresh, *restarted, plan, sky, thresholds, chunk));
  }
}

TEST_CASE("rings hold what lags look back on, and no more than twice",
          "[engine][tree_twin][table]") {
  // Two channels, the upper one 0 to 300 samples late: 300 + 256 need a ring of 1024.
  const TreePlan plan{{0.0, 300.0}, {0.0, 1.0}, {2}, 1};
  const TreeLayout layout{plan, 256, 2048};
  REQUIRE(layout.channels.size() == 2);
  CHECK(layout.channels[0].mask == 1023);
  CHECK(layout.channels[1].ring == 1024);
  CHECK(layout.channels[1].mask == 255);
  CHECK(layout.row_bytes == 1024 + 256);
  CHECK(layout.series_mask == 2047);
  CHECK(layout.series_samples == 2 * 2048);
  REQUIRE(layout.stages.size() == 1);
  CHECK(layout.stages[0].factor == 0);
  CHECK(layout.stages[0].sources[2].lag == 300);
  CHECK(TreeLayout{plan, 256, 0}.series_mask == 1023);  // 512 to look back on, and a chunk
}

TEST_CASE("a ring's places go round", "[engine][tree_twin][table]") {
  CHECK(ring_place(0, 3, 5, 7) == 6);  // 2 before the first sample: still 0 there
  CHECK(ring_place(8, 3, 5, 7) == 6);
  CHECK(ring_place(8, 7, 0, 7) == 7);
  CHECK(ring_place((std::uint64_t{1} << 32U) + 2, 1, 4, 1023) == 1023);
}

TEST_CASE("a device refuses what it cannot do", "[engine][tree_twin][edge]") {
  const TreePlan plan{{0.0, 1.0}, {0.0, 1.0}, {2}, 1};
  CHECK_THROWS_WITH(make_tree_twin(plan, {1, 100, 0}), ContainsSubstring("chunks of 100 samples"));
  CHECK_THROWS_WITH(make_tree_twin(plan, {1, 0, 0}), ContainsSubstring("chunks of 0 samples"));
  const TreePlan wide{test::delays_of(65, 1500.0, 1000.0, 64.0), {0.0, 1.0}, {65}, 1};
  CHECK_THROWS_AS(make_tree_twin(wide, {1, 256, 0}), std::invalid_argument);
  const auto twin = make_tree_twin(plan, {1, 256, 0});
  const std::vector<BoxThresholds> thresholds(2);
  CHECK_THROWS_AS(twin->start(thresholds.data()), std::logic_error);
  const std::vector<std::int8_t> rows(2 * 256);
  const std::int8_t* const first = rows.data();
  twin->put(&first, 256);
  CHECK_THROWS_AS(twin->restart(256), std::logic_error);
  CHECK(twin->bytes() > 0);
}

}  // namespace draftstream
