// When a live search leaves out what.
#include <string>
#include <vector>

#include "app/overload.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

using Levels = std::vector<std::size_t>;

// The levels that a search goes through whose lag is this at block after block [s].
Levels levels_of(const OverloadLadder& ladder, const std::vector<double>& lags) {
  Levels levels;
  std::size_t level = 0;
  for (const double lag : lags) levels.push_back(level = ladder.next(level, Seconds{lag}));
  return levels;
}

}  // namespace

TEST_CASE("levels rise and fall with the lag, with room between", "[app][overload][table]") {
  // Of 16 s: up at 4, 8 and 12 s, down at 1.6, 4 and 8 s.
  const OverloadLadder ladder{{}, Seconds{16.0}};
  REQUIRE(ladder.levels() == 3);
  struct Row {
    const char* name;
    std::vector<double> lags;
    Levels levels;
  };
  const std::vector<Row> table{
      {"at real time", {0.0, 1.0, 3.9}, {0, 0, 0}},
      {"one by one", {4.0, 8.0, 12.0, 16.0}, {1, 2, 3, 3}},
      {"all at once", {600.0, 0.0}, {3, 0}},
      {"it stays where it is", {4.0, 3.0, 1.7, 3.9, 1.5, 3.9}, {1, 1, 1, 1, 0, 0}},
      {"on the way down", {13.0, 8.0, 7.9, 4.0, 3.9, 1.6, 1.5}, {3, 3, 2, 2, 1, 1, 0}},
      {"up again", {13.0, 7.0, 12.5, 7.0, 11.0}, {3, 2, 3, 2, 2}},
      {"several steps down", {13.0, 2.0, 2.0}, {3, 1, 1}},
  };
  for (const Row& row : table) {
    INFO(row.name);
    CHECK(levels_of(ladder, row.lags) == row.levels);
  }
}

TEST_CASE("the longest lag is what there is room for, or less", "[app][overload][table]") {
  OverloadRule rule;
  rule.longest_lag = Seconds{8.0};
  CHECK(levels_of({rule, Seconds{16.0}}, {1.9, 2.0, 4.0, 6.0}) == Levels{0, 1, 2, 3});
  CHECK(levels_of({rule, Seconds{4.0}}, {0.9, 1.0, 2.0, 3.0}) == Levels{0, 1, 2, 3});
  rule.longest_lag.reset();
  rule.begin = 0.5;
  rule.recover = 0.25;  // below 1 s
  CHECK(levels_of({rule, Seconds{8.0}}, {3.9, 4.0, 5.4, 6.7, 1.1, 0.9}) ==
        Levels{0, 1, 2, 3, 1, 0});
}

TEST_CASE("steps are left out in the order that is told, each beside those before it",
          "[app][overload][table]") {
  using Texts = std::vector<std::string>;
  const OverloadLadder usual{{}, Seconds{10.0}};
  CHECK(usual.shed(0, Seconds{0.9}) == Shed{});
  CHECK(usual.shed(0, Seconds{1.0}) == Shed{false, 0, false, true});  // alerts go first
  CHECK(usual.shed(1, Seconds{0.9}) == Shed{true, 0, false, true});
  CHECK(usual.shed(2, Seconds{5.0}) == Shed{true, 1, false, true});
  CHECK(usual.shed(3, Seconds{8.0}) == Shed{true, 1, true, true});
  CHECK(usual.left_out(0).empty());
  CHECK(usual.left_out(3) == Texts{"networks", "octave", "blocks"});

  OverloadRule rule;
  rule.steps = {ShedStep::octave, ShedStep::octave, ShedStep::networks};
  const OverloadLadder other{rule, Seconds{10.0}};
  CHECK(other.shed(1, Seconds{3.0}) == Shed{false, 1, false, true});
  CHECK(other.shed(2, Seconds{5.0}) == Shed{false, 2, false, true});
  CHECK(other.shed(3, Seconds{8.0}) == Shed{true, 2, false, true});
  CHECK(other.left_out(2) == Texts{"octave", "octave"});

  rule.steps.clear();
  const OverloadLadder nothing{rule, Seconds{10.0}};
  CHECK(levels_of(nothing, {9.0, 3.0, 0.5}) == Levels{1, 1, 0});  // it says that it is behind
  CHECK(nothing.shed(1, Seconds{3.0}) == Shed{false, 0, false, true});
  CHECK(nothing.left_out(1).empty());
}
