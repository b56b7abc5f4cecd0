// Recall at a rate of false alarms, counted by hand.
#include "training/networks/scoring.hpp"

#include <cmath>
#include <vector>

#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

// 200 tiles; false alarms score 1 to 100, one each.
std::vector<Ranked> hundred_false_alarms() {
  std::vector<Ranked> ranked;
  for (int i = 1; i <= 100; ++i) ranked.push_back({static_cast<double>(i), 7.5, false, true});
  ranked.push_back({600.0, 20.0, false, false});  // beside a burst: no false alarm
  return ranked;
}

}  // namespace

TEST_CASE("as many false alarms pass as are allowed, and bursts above them",
          "[training][networks]") {
  std::vector<Ranked> ranked = hundred_false_alarms();
  // At 0.01 a tile two pass, 99 and 100; the threshold lies just above 98.
  ranked.push_back({98.0, 6.5, true});   // bin 6 to 7: missed
  ranked.push_back({98.5, 6.0, true});   // bin 6 to 7: found
  ranked.push_back({99.5, 9.99, true});  // bin 8 to 10: found
  ranked.push_back({97.0, 10.0, true});  // bin 10 to 15: missed
  ranked.push_back({500.0, 80.0, true});
  ranked.push_back({500.0, 5.9, true});  // below all bins
  const RecallAt at = recall_at(0.01, ranked, 200);
  CHECK(at.threshold > 98.0);
  CHECK(at.threshold < 98.001);
  REQUIRE(at.recall.size() == 6);
  CHECK(at.recall[0] == 0.5);
  CHECK(std::isnan(at.recall[1]));
  CHECK(at.recall[2] == 1.0);
  CHECK(at.recall[3] == 0.0);
  CHECK(std::isnan(at.recall[4]));
  CHECK(at.recall[5] == 1.0);

  CHECK(recall_at(0.001, ranked, 200).threshold > 100.0);  // none may pass
  CHECK(recall_at(1.0, ranked, 200).threshold < 0.0);      // all may
  CHECK(recall_at(1.0, ranked, 200).recall[0] == 1.0);
}

TEST_CASE("one scene in twenty validates", "[training][networks]") {
  int validating = 0;
  for (std::uint64_t seed = 0; seed < 20000; ++seed) {
    validating += use_of(seed) == ExampleUse::validation ? 1 : 0;
  }
  CHECK(validating > 900);
  CHECK(validating < 1100);
}

}  // namespace draftstream
