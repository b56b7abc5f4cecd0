// When packets and pieces are due: deadlines, not times.
#include "replay/send_schedule.hpp"

#include <stdexcept>
#include <vector>

#include "tests/replay/sent_packets.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using test::NotingClock;

TEST_CASE("parts of a block are spread over the time of the next", "[replay][send_schedule]") {
  NotingClock noting;
  SendSchedule schedule{Seconds{0.5}, 2.0, {}, noting.clock()};
  for (std::uint64_t first = 0; first < 24; first += 8) {
    for (std::size_t part = 0; part < 4; ++part) CHECK(schedule.wait(first, 8, part, 4));
  }
  // A block of 8 lasts 2 s at twice real time; its packets leave 0.5 s apart once it is full.
  std::vector<double> due;
  for (int i = 0; i < 12; ++i) due.push_back(2.0 + 0.5 * i);
  CHECK(noting.moments_s == due);
}

TEST_CASE("a stall moves what comes after it", "[replay][send_schedule]") {
  const std::vector<Moment> stalls{{Seconds{2.0}, Seconds{10.0}}, {Seconds{3.0}, Seconds{5.0}}};
  NotingClock noting;
  SECTION("paced") {
    SendSchedule schedule{Seconds{1.0}, 1.0, stalls, noting.clock()};
    for (std::uint64_t first = 0; first < 5; ++first) CHECK(schedule.wait(first, 1));
    CHECK(noting.moments_s == std::vector<double>{1.0, 2.0, 13.0, 19.0, 20.0});
  }
  SECTION("as fast as it goes: from the moment on when it is reached") {
    noting.now_s = 100.0;
    SendSchedule schedule{Seconds{1.0}, 0.0, stalls, noting.clock()};
    for (std::uint64_t first = 0; first < 4; ++first) CHECK(schedule.wait(first, 1));
    CHECK(noting.now_s == 115.0);
  }
}

TEST_CASE("a schedule ends when it is stopped, and knows no negative speed",
          "[replay][send_schedule]") {
  StopEvent stop;
  SendSchedule schedule{Seconds{1000.0}, 1.0, {}, make_send_clock(stop)};
  stop.stop();
  CHECK_FALSE(schedule.wait(0, 1));
  CHECK_THROWS_AS((SendSchedule{Seconds{1.0}, -1.0, {}, make_send_clock(stop)}),
                  std::invalid_argument);
}
