// Which stages are stuck, on a clock that is told.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "app/stage_watch.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using namespace std::chrono_literals;

namespace {

using Names = std::vector<std::string>;

constexpr auto bound = 10s;

StageWatch::Clock::time_point second(int number) {
  return StageWatch::Clock::time_point{} + std::chrono::seconds{number};
}

}  // namespace

TEST_CASE("a stage is stuck that holds work and finishes no step", "[app][stage_watch]") {
  struct Look {
    int second;
    bool holds_work;
    std::uint64_t steps;
    bool stuck;
  };
  struct Row {
    std::string name;
    std::vector<Look> looks;
  };
  const std::vector<Row> table{
      {"waits for data, for ever", {{0, false, 3, false}, {1000, false, 3, false}}},
      {"works, a step at a time", {{0, true, 1, false}, {9, true, 2, false}, {18, true, 3, false}}},
      {"does not finish a step", {{0, true, 1, false}, {9, true, 1, false}, {10, true, 1, true}}},
      {"finishes it after all", {{0, true, 1, false}, {30, true, 1, true}, {31, false, 2, false}}},
      {"begins the next one at once",
       {{0, true, 1, false},
        {30, true, 1, true},
        {31, true, 2, false},
        {40, true, 2, false},
        {41, true, 2, true}}},
      {"had nothing to do between two looks",
       {{0, true, 1, false},
        {9, false, 1, false},
        {18, true, 1, false},
        {27, true, 1, false},
        {28, true, 1, true}}},
      {"is looked at for the first time", {{500, true, 7, false}, {510, true, 7, true}}},
  };
  for (const Row& row : table) {
    StageWatch watch;
    StageState state;
    const auto watched = watch.watch("search", [&state] { return state; });
    for (const Look& look : row.looks) {
      CAPTURE(row.name, look.second);
      state = {look.holds_work, look.steps};
      CHECK(watch.look(second(look.second), bound) == (look.stuck ? Names{"search"} : Names{}));
    }
  }
}

TEST_CASE("stages are judged each for itself, as long as they are watched", "[app][stage_watch]") {
  StageWatch watch;
  StageSteps feed;
  StageSteps results;
  std::optional<StageWatch::Watched> watched_feed{
      watch.watch("feed", [&feed] { return feed.state(); })};
  const auto watched_results = watch.watch("results", [&results] { return results.state(); });
  const StageSteps::Step stuck_step{feed};
  {
    const StageSteps::Step step{results};
    CHECK(watch.look(second(0), bound).empty());
  }
  const StageSteps::Step step{results};
  CHECK(watch.look(second(20), bound) == Names{"feed"});
  CHECK(watch.look(second(40), bound) == Names{"feed", "results"});
  watched_feed.reset();
  CHECK(watch.look(second(60), bound) == Names{"results"});
}

TEST_CASE("steps that overlap are work until the last has ended", "[app][stage_watch]") {
  StageSteps stage;
  CHECK_FALSE(stage.state().holds_work);
  {
    const StageSteps::Step first{stage};
    {
      const StageSteps::Step second_one{stage};
      CHECK(stage.state().holds_work);
    }
    CHECK(stage.state().holds_work);
    CHECK(stage.state().steps == 1);
  }
  CHECK_FALSE(stage.state().holds_work);
  CHECK(stage.state().steps == 2);
}
