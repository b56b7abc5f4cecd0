// From ticks of a clock to UTC, without rounding.
#include <cstdint>
#include <stdexcept>

#include "ingest/packets/tick_clock.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {

TEST_CASE("nanoseconds of UNIX time are an instant", "[ingest][packets][tick_clock]") {
  CHECK(from_unix_ns(0) == UtcInstant{40587, 0.0});
  CHECK(from_unix_ns(86'400'000'000'000) == UtcInstant{40588, 0.0});
  CHECK(from_unix_ns(86'399'999'999'999) == UtcInstant{40587, 86399.999999999});
  // date -u -d @1700000000: 2023-11-14 22:13:20, MJD 60262
  CHECK(from_unix_ns(1'700'000'000'123'456'789) == UtcInstant{60262, 80000.123456789});
  CHECK(format_iso8601(from_unix_ns(1'700'000'000'123'456'789)) ==
        "2023-11-14T22:13:20.123456789Z");
}

TEST_CASE("ticks are added as integers", "[ingest][packets][tick_clock]") {
  const UtcInstant start{60262, 86399.5};
  CHECK(after_ticks(start, 0, {390'625, 1}) == start);
  CHECK(after_ticks(start, 195'312, {390'625, 1}) == UtcInstant{60262, 86399.99999872});
  CHECK(after_ticks(start, 390'625, {390'625, 1}) == UtcInstant{60263, 0.5});
  // 15625 ticks of 0.256 ms in 4 s: one day and one tick
  CHECK(after_ticks(start, 337'500'001, {15'625, 4}) == UtcInstant{60263, 86399.500256});
  // 8000 ticks are 2.048 s: less than a round of 15625, more than a second
  CHECK(after_ticks({60262, 0.0}, 8000, {15'625, 4}) == UtcInstant{60262, 2.048});
  // Ten years of a clock of 1.712 GHz: more ticks than a double holds, still exact to the tick.
  const std::uint64_t ten_years = 3650ULL * 86'400 * 1'712'000'000;
  CHECK(after_ticks({60000, 0.0}, ten_years + 1, {1'712'000'000, 1}) ==
        UtcInstant{63650, 1.0 / 1'712'000'000.0});
}

TEST_CASE("a sampling time is so many ticks", "[ingest][packets][tick_clock]") {
  CHECK(duration(384, {390'625, 1}).value() == 0.00098304);
  CHECK(rate_of(Seconds{0.00098304}, 384) == TickRate{390'625, 1});
  CHECK(rate_of(Seconds{0.000256}, 1) == TickRate{15'625, 4});
  for (const double sample_time : {0.000256, 0.000049152, 0.00008192, 6.4e-05, 0.001, 1.5, 3e-9}) {
    for (const std::uint64_t ticks : {1U, 7U, 384U, 65535U}) {
      CHECK(duration(ticks, rate_of(Seconds{sample_time}, ticks)).value() == sample_time);
    }
  }
  CHECK_THROWS_AS(rate_of(Seconds{1.0 / 3.0}, 1), std::invalid_argument);
  CHECK_THROWS_AS(rate_of(Seconds{0.0}, 1), std::invalid_argument);
}

}  // namespace draftstream
