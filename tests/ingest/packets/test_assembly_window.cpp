// Cells into their places: order, loss, repetition, wrong clocks.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include "ingest/packets/assembly_window.hpp"
#include "tests/ingest/packets/window_model.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

// 1 beam, 3 groups of 2 channels, blocks of 4 spectra, 8 bits.
constexpr CellGrid small{1, 3, 2, 4, {}};

struct Run {
  explicit Run(const CellGrid& cells, AssemblyWindow::Options options = {2, 100, 3, 50})
      : grid{cells}, seen{cells.beams}, window{cells, options, seen.sink(cells)} {}

  Arrival arrive(std::uint64_t block) { return window.arrive(block); }
  /// Places all cells of a block, as many as arrive.
  Arrival fill(std::uint64_t block, std::uint64_t first_block = 100) {
    const Arrival arrival = window.arrive(block);
    if (arrival != Arrival::in_window) return arrival;
    for (std::size_t beam = 0; beam < grid.beams; ++beam) {
      for (std::size_t group = 0; group < grid.groups; ++group) {
        if (std::byte* out = window.place(beam, group)) {
          test::fill_cell(grid, out, beam, block - first_block, group);
        }
      }
    }
    return arrival;
  }

  CellGrid grid;
  test::Collected seen;
  AssemblyWindow window;
};

}  // namespace

TEST_CASE("slots are passed on when the fourth begins", "[ingest][packets][window]") {
  Run run{small};  // slots of two blocks
  for (std::uint64_t block = 100; block < 106; ++block)
    CHECK(run.fill(block) == Arrival::in_window);
  CHECK(run.seen.slots == 0);
  CHECK(run.fill(106) == Arrival::in_window);
  CHECK(run.seen.slots == 1);
  CHECK(run.seen.end == 8);
  run.window.finish();
  CHECK(run.seen.end == 28);  // seven blocks, not eight
  CHECK(run.seen.in_order);
  CHECK(run.seen.sizes_fit);
  CHECK(run.seen.holes[0].empty());
  for (std::uint64_t t = 0; t < 28; ++t) {
    for (std::size_t c = 0; c < 6; ++c) {
      REQUIRE(run.seen.samples[0][t * 6 + c] == test::pattern(0, t, c));
    }
  }
  const AssemblyCounts& counts = run.window.counts();
  CHECK(counts.cells_expected == 21);
  CHECK(counts.cells_placed == 21);
  CHECK(counts.spectra_whole == 28);
}

TEST_CASE("a slot is passed on at once when it is whole, and the window stays where it is",
          "[ingest][packets][window]") {
  Run run{small};  // slots of two blocks, from block 100
  const auto fill = [&run](std::uint64_t block) {
    const Arrival arrival = run.fill(block);
    run.window.pass_whole();
    return arrival;
  };
  CHECK(fill(100) == Arrival::in_window);
  CHECK(run.seen.slots == 0);
  CHECK(fill(101) == Arrival::in_window);
  CHECK(run.seen.end == 8);
  // The second slot lacks block 103 for a while: the third waits for it.
  fill(102);
  fill(104);
  fill(105);
  CHECK(run.seen.end == 8);
  CHECK(fill(103) == Arrival::in_window);
  CHECK(run.seen.end == 24);
  // All that was passed on is still a duplicate, not late, as long as the window is there.
  for (const std::uint64_t block : {100U, 103U, 105U}) CHECK(fill(block) == Arrival::in_window);
  CHECK(run.window.counts().cells_duplicate == 9);
  CHECK(run.seen.end == 24);
  CHECK(fill(106) == Arrival::in_window);  // of the fourth: the window moves by one
  CHECK(run.arrive(101) == Arrival::late);
  CHECK(fill(102) == Arrival::in_window);
  CHECK(run.seen.end == 24);
  // One with a hole waits for the window, and so do those behind it.
  for (const std::uint64_t block : {108U, 109U, 110U, 111U}) fill(block);
  CHECK(run.seen.end == 24);
  CHECK(fill(112) == Arrival::in_window);
  CHECK(run.seen.end == 48);
  CHECK(run.seen.holes[0] == std::vector<Hole>{{28, 4, 0, 6}});
  run.window.finish();
  CHECK(run.seen.end == 52);
  CHECK(run.seen.in_order);
  CHECK(run.seen.sizes_fit);
  const AssemblyCounts& counts = run.window.counts();
  CHECK(counts.cells_expected == counts.cells_placed + counts.cells_missing);
  CHECK(counts.cells_missing == 3);
  for (std::uint64_t t = 0; t < 52; ++t) {
    for (std::size_t c = 0; c < 6; ++c) {
      REQUIRE(run.seen.samples[0][t * 6 + c] ==
              (t / 4 == 7 ? std::byte{0} : test::pattern(0, t, c)));
    }
  }
}

TEST_CASE("holes are rectangles, merged", "[ingest][packets][window]") {
  Run run{small, {4, 100, 3, 50}};
  const auto place = [&run](std::uint64_t block, std::vector<std::size_t> groups) {
    REQUIRE(run.arrive(block) == Arrival::in_window);
    for (const std::size_t group : groups) {
      test::fill_cell(small, run.window.place(0, group), 0, block - 100, group);
    }
  };
  place(100, {1});  // lacks 0 and 2
  place(101, {1});  // the same: goes on
  place(102, {});   // all
  place(103, {0});  // 1 and 2 are one hole
  place(104, {0, 1, 2});
  place(105, {0, 1});
  run.window.finish();
  CHECK(run.seen.holes[0] ==
        std::vector<Hole>{{0, 8, 0, 2}, {0, 8, 4, 2}, {8, 4, 0, 6}, {12, 4, 2, 4}, {20, 4, 4, 2}});
  const AssemblyCounts& counts = run.window.counts();
  CHECK(counts.cells_expected == 18);
  CHECK(counts.cells_placed == 8);
  CHECK(counts.cells_missing == 10);
  CHECK(counts.spectra == 24);
  CHECK(counts.spectra_whole == 4);
  CHECK(counts.spectra_partial == 16);
  CHECK(counts.spectra_lost == 4);
  CHECK(run.seen.samples[0][0] == std::byte{0});  // in a hole
}

TEST_CASE("holes of floats are NaN, whatever was there before", "[ingest][packets][window]") {
  CellGrid grid = small;
  grid.format = float_samples;
  std::vector<float> last;
  const auto sink = [&last](const FinishedSlot& slot) {
    last.resize(slot.beams[0].spectra.size() / sizeof(float));
    std::memcpy(last.data(), slot.beams[0].spectra.data(), slot.beams[0].spectra.size());
  };
  AssemblyWindow window{grid, {1, 0, 3, 50}, sink};
  for (std::uint64_t block = 0; block < 8; ++block) {
    REQUIRE(window.arrive(block) == Arrival::in_window);
    for (const std::size_t group : {0U, 1U, 2U}) {
      if (block >= 4 && group == 1) continue;
      std::byte* out = window.place(0, group);
      for (std::size_t t = 0; t < 4; ++t) {
        const float values[2] = {1.5F, 2.5F};
        std::memcpy(out + t * grid.spectrum_bytes(), values, sizeof values);
      }
    }
  }
  window.finish();
  REQUIRE(last.size() == 24);
  for (std::size_t i = 0; i < last.size(); ++i) {
    CHECK(std::isnan(last[i]) == (i % 6 == 2 || i % 6 == 3));
  }
}

TEST_CASE("late, repeated and far cells are told apart", "[ingest][packets][window]") {
  Run run{small};  // slots of two blocks, from block 100; three strays
  for (std::uint64_t block = 100; block < 112; ++block) run.fill(block);
  CHECK(run.seen.slots == 3);  // the window is blocks 106 to 111
  CHECK(run.fill(106) == Arrival::in_window);
  CHECK(run.window.counts().cells_duplicate == 3);
  CHECK(run.arrive(105) == Arrival::late);
  CHECK(run.arrive(100) == Arrival::late);
  CHECK(run.arrive(99) == Arrival::stray);  // four slots back
  CHECK(run.seen.slots == 3);
  // One slot ahead moves it by one; three ahead by one, too, and are not in it yet.
  CHECK(run.arrive(112) == Arrival::in_window);
  CHECK(run.seen.slots == 4);
  CHECK(run.arrive(119) == Arrival::far_future);
  CHECK(run.seen.slots == 5);
  CHECK(run.arrive(119) == Arrival::far_future);
  CHECK(run.seen.slots == 6);
  CHECK(run.arrive(119) == Arrival::in_window);
  CHECK(run.seen.slots == 7);
  // Off by more than the window: nothing moves, whatever the clock says.
  for (const std::uint64_t wrong : {std::uint64_t{130}, ~std::uint64_t{0}, std::uint64_t{1} << 63U,
                                    std::uint64_t{0}, (std::uint64_t{1} << 63U) + 99}) {
    CHECK(run.arrive(wrong) == Arrival::stray);
    CHECK(run.window.agreeing_strays() == 1);
  }
  CHECK(run.seen.slots == 7);
  CHECK(run.arrive(118) == Arrival::in_window);
  CHECK(run.window.agreeing_strays() == 0);
}

TEST_CASE("strays that agree are believed", "[ingest][packets][window]") {
  Run run{small};
  for (std::uint64_t block = 100; block < 112; ++block) run.fill(block);  // base: block 106
  SECTION("ahead: a gap") {
    CHECK(run.arrive(141) == Arrival::stray);
    CHECK(run.arrive(140) == Arrival::stray);
    CHECK(run.arrive(300) == Arrival::stray);  // does not agree: they are counted anew
    CHECK(run.arrive(140) == Arrival::stray);
    CHECK(run.arrive(142) == Arrival::stray);
    CHECK(run.arrive(139) == Arrival::resynced);  // one slot before that of 139 is open
    CHECK(run.seen.end == 36 * 4);
    CHECK(run.fill(139) == Arrival::in_window);
    CHECK(run.fill(143) == Arrival::in_window);
    run.window.finish();
    CHECK(run.seen.end == 44 * 4);
    CHECK(run.seen.in_order);
    // The gap, and then slot by slot.
    CHECK(run.seen.holes[0] ==
          std::vector<Hole>{
              {48, 96, 0, 6}, {144, 8, 0, 6}, {152, 4, 0, 6}, {160, 8, 0, 6}, {168, 4, 0, 6}});
    CHECK(run.window.counts().spectra_lost == 104 + 16);
    CHECK(run.window.counts().cells_expected ==
          run.window.counts().cells_placed + run.window.counts().cells_missing);
  }
  SECTION("back: another observation") {
    CHECK(run.arrive(10) == Arrival::stray);
    CHECK(run.arrive(12) == Arrival::stray);
    CHECK(run.arrive(9) == Arrival::restarted);
  }
  SECTION("too far ahead: another observation") {
    CHECK(run.arrive(1000) == Arrival::stray);
    CHECK(run.arrive(1000) == Arrival::stray);
    CHECK(run.arrive(1001) == Arrival::restarted);
  }
  SECTION("interrupted by a good one: not believed") {
    CHECK(run.arrive(10) == Arrival::stray);
    CHECK(run.arrive(10) == Arrival::stray);
    CHECK(run.arrive(107) == Arrival::in_window);
    CHECK(run.arrive(10) == Arrival::stray);
    CHECK(run.arrive(10) == Arrival::stray);
  }
}

TEST_CASE("any order in the window, any loss, any repetition",
          "[ingest][packets][window][property]") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random{seed};
    const auto up_to = [&random](std::size_t most) { return random() % (most + 1); };
    const CellGrid grid{1 + up_to(2), 1 + up_to(4), 1 + up_to(3), std::size_t{1} << up_to(3), {}};
    const std::size_t slot_blocks = 1 + up_to(3);
    const std::uint64_t first_block = random();
    const std::size_t blocks = 1 + up_to(80);
    // A cell may come up to a slot after its time: never late, as the window has three.
    struct Cell {
      std::size_t due;
      std::size_t block;
      std::size_t beam;
      std::size_t group;
    };
    std::vector<Cell> plan;
    std::set<std::size_t> lost;  // [block, beam, group]
    std::uint64_t duplicates = 0;
    const std::size_t loss = up_to(3) == 0 ? 0 : up_to(60);  // per cent
    const bool at_once = up_to(1) == 0;  // passes on what is whole: changes nothing else
    std::vector<bool> block_seen(blocks);
    for (std::size_t block = 0; block < blocks; ++block) {
      for (std::size_t beam = 0; beam < grid.beams; ++beam) {
        for (std::size_t group = 0; group < grid.groups; ++group) {
          // The very first cell tells where the observation begins, the last where it ends.
          const bool needed = block == 0 || block + 1 == blocks;
          if (!needed && up_to(99) < loss) {
            lost.insert((block * grid.beams + beam) * grid.groups + group);
            continue;
          }
          const std::size_t copies = 1 + (up_to(9) == 0 ? 1 : 0);
          duplicates += copies - 1;
          for (std::size_t copy = 0; copy < copies; ++copy) {
            plan.push_back({block + up_to(slot_blocks), block, beam, group});
          }
        }
      }
    }
    std::shuffle(plan.begin(), plan.end(), random);
    std::stable_sort(plan.begin(), plan.end(),
                     [](const Cell& a, const Cell& b) { return a.due < b.due; });

    test::Collected seen{grid.beams};
    AssemblyWindow window{grid, {slot_blocks, first_block, 4, 1000}, seen.sink(grid)};
    for (const Cell& cell : plan) {
      Arrival arrival = window.arrive(first_block + cell.block);
      // A long loss moves the window slot by slot: a sender would go on meanwhile.
      for (int again = 0; again < 8 && arrival != Arrival::in_window; ++again) {
        arrival = window.arrive(first_block + cell.block);
      }
      REQUIRE(arrival == Arrival::in_window);
      if (std::byte* out = window.place(cell.beam, cell.group)) {
        test::fill_cell(grid, out, cell.beam, cell.block, cell.group);
      }
      if (at_once) window.pass_whole();
    }
    window.finish();

    REQUIRE(seen.in_order);
    REQUIRE(seen.sizes_fit);
    REQUIRE(seen.end == blocks * grid.block_samples);
    const std::size_t cells = blocks * grid.beams * grid.groups;
    const AssemblyCounts& counts = window.counts();
    CHECK(counts.cells_expected == cells);
    CHECK(counts.cells_missing == lost.size());
    CHECK(counts.cells_placed == cells - lost.size());
    CHECK(counts.cells_duplicate == duplicates);
    AssemblyCounts spectra;
    for (std::size_t beam = 0; beam < grid.beams; ++beam) {
      const auto holes = seen.hole_map(grid, beam);
      for (std::size_t block = 0; block < blocks; ++block) {
        std::size_t missing = 0;
        for (std::size_t group = 0; group < grid.groups; ++group) {
          const bool gone = lost.contains((block * grid.beams + beam) * grid.groups + group);
          missing += gone ? 1 : 0;
          for (std::size_t i = 0; i < grid.block_samples * grid.group_channels; ++i) {
            const std::size_t t = block * grid.block_samples + i / grid.group_channels;
            const std::size_t c = group * grid.group_channels + i % grid.group_channels;
            REQUIRE(holes[t * grid.channels() + c] == (gone ? 1 : 0));
            REQUIRE(seen.samples[beam][t * grid.channels() + c] ==
                    (gone ? std::byte{0} : test::pattern(beam, t, c)));
          }
        }
        (missing == 0             ? spectra.spectra_whole
         : missing == grid.groups ? spectra.spectra_lost
                                  : spectra.spectra_partial) += grid.block_samples;
      }
    }
    CHECK(counts.spectra_whole == spectra.spectra_whole);
    CHECK(counts.spectra_partial == spectra.spectra_partial);
    CHECK(counts.spectra_lost == spectra.spectra_lost);
    CHECK(counts.spectra == blocks * grid.block_samples * grid.beams);
  }
}

TEST_CASE("grids that hold nothing are refused", "[ingest][packets][window]") {
  const auto make = [](CellGrid grid, AssemblyWindow::Options options) {
    AssemblyWindow window{grid, options, {}};
  };
  CHECK_THROWS_AS(make({0, 1, 1, 1, {}}, {}), std::invalid_argument);
  CHECK_THROWS_AS(make({1, 1, 1, 0, {}}, {}), std::invalid_argument);
  CHECK_THROWS_AS(make({1, 1, 1, 1, {4, false, false}}, {}), std::invalid_argument);
  CHECK_THROWS_AS(make({1, 1, 1, 1, {}}, {0, 0, 1, 1}), std::invalid_argument);
  CHECK_THROWS_AS(make({1, 1, 1, 1, {}}, {1, 0, 0, 1}), std::invalid_argument);
  const std::size_t most = ~std::size_t{0};
  CHECK_THROWS_AS(make({most, most, 1, 1, {}}, {}), std::invalid_argument);
}

}  // namespace draftstream
