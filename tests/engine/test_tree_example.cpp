// The example that docs/design/engine.md works out by hand.
#include <cstdint>
#include <vector>

#include "engine/tree/tree_plan.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using Track = std::vector<std::int32_t>;

TreePlan example() {
  return {{0.0, 1.0, 2.1, 3.3, 4.6, 6.0, 7.5, 9.1}, {1.0, 1.1, 1.2, 1.3}, {2, 4}, 1};
}

// Lags of a row's sources.
Track lags(const TreePlan& plan, std::size_t s, std::size_t row) {
  for (const TreeNode& node : plan.stages()[s].nodes) {
    if (row < node.first_row || row >= node.first_row + node.rows) continue;
    Track all;
    for (std::size_t i = 0; i < node.children; ++i) {
      const std::size_t source = node.first_source + (row - node.first_row) * node.children + i;
      all.push_back(plan.stages()[s].sources[source].lag);
    }
    return all;
  }
  return {};
}

}  // namespace

TEST_CASE("eight channels in pairs, then four pairs", "[engine][tree_plan]") {
  const TreePlan plan = example();
  REQUIRE(plan.stages().size() == 3);
  const TreeStage& pairs = plan.stages()[1];
  const TreeStage& trials = plan.stages()[2];

  // A1, B1, B2, C1, C2, D2
  REQUIRE(pairs.rows == 6);
  const Track across{1, 1, 2, 1, 2, 2};
  for (std::size_t row = 0; row < 6; ++row) {
    CHECK(lags(plan, 1, row) == Track{across[row], 0});
  }
  const std::vector<std::vector<std::uint32_t>> rows{
      {0, 1, 3, 5}, {0, 1, 4, 5}, {0, 1, 4, 5}, {0, 2, 4, 5}};
  const std::vector<Track> late{{8, 6, 3, 0}, {9, 7, 3, 0}, {10, 7, 4, 0}, {11, 7, 4, 0}};
  REQUIRE(trials.rows == 4);
  for (std::size_t trial = 0; trial < 4; ++trial) {
    for (std::size_t pair = 0; pair < 4; ++pair) {
      CHECK(trials.sources[4 * trial + pair].row == rows[trial][pair]);
    }
    CHECK(lags(plan, 2, trial) == late[trial]);
  }
  CHECK(plan.track(0) == Track{9, 8, 7, 6, 4, 3, 2, 0});
  CHECK(plan.adds_a_sample() == 18.0);
}

}  // namespace draftstream
