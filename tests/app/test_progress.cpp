// The line that says how far it is.
#include "app/progress.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using std::chrono::duration;

TEST_CASE("a position is told with rate, ETA and candidates", "[app][progress]") {
  CHECK(describe({30.0, 60.0, 3}, duration<double>{2.0}) ==
        "30.0 of 60.0 s (50 %), 15 x real time, ETA 2 s, 3 candidates");
  CHECK(describe({30.0, 60.0, 1}, duration<double>{60.0}) ==
        "30.0 of 60.0 s (50 %), 0.5 x real time, ETA 1 min 00 s, 1 candidate");
  CHECK(describe({1.0, 7201.0, {}}, duration<double>{1.0}) ==
        "1.0 of 7201.0 s (0 %), 1 x real time, ETA 2 h 00 min");
  // Before anything is known, nothing is promised.
  CHECK(describe({0.0, 60.0, 0}, duration<double>{2.0}) ==
        "0.0 of 60.0 s (0 %), 0 x real time, 0 candidates");
  CHECK(describe({0.0, 0.0, {}}, duration<double>{0.0}) == "0.0 of 0.0 s, 0 x real time");
}

TEST_CASE("things that are counted are told with their share and an ETA", "[app][progress]") {
  CHECK(describe(320, 1000, "scenes", duration<double>{8.0}) ==
        "320 of 1000 scenes (32 %), ETA 17 s");
  CHECK(describe(0, 1000, "scenes", duration<double>{8.0}) == "0 of 1000 scenes (0 %)");
  CHECK(describe(0, 0, "scenes", duration<double>{8.0}) == "0 of 0 scenes (100 %), ETA 0 s");
}
