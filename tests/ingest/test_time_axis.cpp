// Instants and sample times, against dates and products worked out by hand.
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>

#include "ingest/time_axis.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {

TEST_CASE("MJD days are the calendar's dates", "[ingest][time_axis]") {
  struct Row {
    std::string what;
    std::int64_t mjd_day;
    double second_of_day;
    std::string iso;
  };
  const auto row = GENERATE(values<Row>({
      {"MJD 0", 0, 0.0, "1858-11-17T00:00:00.000000000Z"},
      {"the day before", -1, 43200.0, "1858-11-16T12:00:00.000000000Z"},
      {"Unix epoch", 40587, 0.0, "1970-01-01T00:00:00.000000000Z"},
      {"1900 has no 29 February: before", 15078, 0.0, "1900-02-28T00:00:00.000000000Z"},
      {"1900 has no 29 February: after", 15079, 0.0, "1900-03-01T00:00:00.000000000Z"},
      {"2000 has one", 51603, 0.0, "2000-02-29T00:00:00.000000000Z"},
      {"and then comes March", 51604, 0.0, "2000-03-01T00:00:00.000000000Z"},
      {"2024 has one", 60369, 0.0, "2024-02-29T00:00:00.000000000Z"},
      {"day 366", 60675, 86399.0, "2024-12-31T23:59:59.000000000Z"},
      {"New Year", 60676, 0.0, "2025-01-01T00:00:00.000000000Z"},
      {"2100 has none: before", 88127, 0.0, "2100-02-28T00:00:00.000000000Z"},
      {"2100 has none: after", 88128, 0.0, "2100-03-01T00:00:00.000000000Z"},
      {"last one of four digits", 2973483, 0.0, "9999-12-31T00:00:00.000000000Z"},
      {"hours, minutes, nanoseconds", 58225, 47911.123456789, "2018-04-17T13:18:31.123456789Z"},
      {"rounds to the next second", 58225, 59.9999999996, "2018-04-17T00:01:00.000000000Z"},
      {"stays below it", 58225, 59.9999999994, "2018-04-17T00:00:59.999999999Z"},
      {"rounds to the next year", 60675, 86399.9999999999, "2025-01-01T00:00:00.000000000Z"},
  }));
  INFO(row.what);
  CHECK(format_iso8601({row.mjd_day, row.second_of_day}) == row.iso);
}

TEST_CASE("MJDs are printed with 15 true decimals", "[ingest][time_axis]") {
  struct Row {
    std::string what;
    UtcInstant instant;
    std::string text;
  };
  // Right column: day + second / 86400 in decimal arithmetic of 60 digits.
  const auto row = GENERATE(values<Row>({
      {"whole day", {58225, 0.0}, "58225.000000000000000"},
      {"noon", {58225, 43200.0}, "58225.500000000000000"},
      {"beyond a double of days", {58225, 47911.123456789}, "58225.554526891860984"},
      {"leading zeros", {60000, 0.123456789}, "60000.000001428898021"},
      {"a nanosecond", {0, 1e-9}, "0.000000000000012"},
      {"just below the next day", {58225, 86399.9999999999}, "58225.999999999999999"},
      {"carried to the next day", {58225, std::nextafter(86400.0, 0.0)}, "58226.000000000000000"},
      {"before MJD 0", {-1, 64800.0}, "-0.250000000000000"},
      {"whole day before MJD 0", {-1, 0.0}, "-1.000000000000000"},
      {"long before MJD 0", {-3, 21600.0}, "-2.750000000000000"},
      {"carried to MJD 0", {-1, std::nextafter(86400.0, 0.0)}, "0.000000000000000"},
  }));
  INFO(row.what);
  CHECK(format_mjd(row.instant) == row.text);
}

TEST_CASE("seconds are carried into days", "[ingest][time_axis]") {
  struct Row {
    std::string what;
    UtcInstant from;
    double later_s;
    UtcInstant to;
  };
  const auto row = GENERATE(values<Row>({
      {"nothing", {58225, 12.5}, 0.0, {58225, 12.5}},
      {"within a day", {58225, 12.5}, 1.25, {58225, 13.75}},
      {"to midnight", {58225, 86399.0}, 1.0, {58226, 0.0}},
      {"past midnight", {58225, 86399.0}, 2.5, {58226, 1.5}},
      {"both parts carry", {58225, 86399.0}, 86400.0 + 86399.0, {58227, 86398.0}},
      {"days", {58225, 5.0}, 3.0 * 86400.0, {58228, 5.0}},
      {"back within a day", {58225, 12.5}, -12.5, {58225, 0.0}},
      {"back over midnight", {58225, 0.5}, -1.0, {58224, 86399.5}},
      {"back by days", {58225, 0.5}, -2.0 * 86400.0 - 1.0, {58222, 86399.5}},
      {"back by less than can be told", {58225, 0.0}, -1e-20, {58225, 0.0}},
      {"back over MJD 0", {0, 0.0}, -1.0, {-1, 86399.0}},
  }));
  INFO(row.what);
  const UtcInstant to = row.from + Seconds{row.later_s};
  CHECK(to.mjd_day == row.to.mjd_day);
  CHECK(to.second_of_day == row.to.second_of_day);
}

TEST_CASE("differences undo sums", "[ingest][time_axis][property]") {
  std::mt19937_64 random{20180417};
  std::uniform_int_distribution<std::int64_t> day{-1000, 100'000};
  std::uniform_real_distribution<double> second{0.0, 86400.0};
  std::uniform_real_distribution<double> later{-1e7, 1e7};
  for (int i = 0; i < 2000; ++i) {
    const UtcInstant from{day(random), second(random)};
    const Seconds step{later(random)};
    const UtcInstant to = from + step;
    CAPTURE(from.mjd_day, from.second_of_day, step.value());
    REQUIRE(to.second_of_day >= 0.0);
    REQUIRE(to.second_of_day < 86400.0);
    REQUIRE(std::abs((to - from - step).value()) < 5e-9);  // a double of 1e7 s steps by 1.9e-9
  }
}

TEST_CASE("doubles of days become instants", "[ingest][time_axis]") {
  CHECK(from_mjd(58225.0) == UtcInstant{58225, 0.0});
  CHECK(from_mjd(58225.5) == UtcInstant{58225, 43200.0});
  CHECK(from_mjd(0.25) == UtcInstant{0, 21600.0});
  CHECK(from_mjd(-0.25) == UtcInstant{-1, 64800.0});
  CHECK(to_mjd({58225, 43200.0}) == 58225.5);
  CHECK(to_mjd({-1, 64800.0}) == -0.25);

  const double refused =
      GENERATE(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
               -std::numeric_limits<double>::infinity(), 1e300, -1e300, 2973484.0, -678942.0);
  CAPTURE(refused);
  CHECK_THROWS_AS(from_mjd(refused), std::invalid_argument);
}

TEST_CASE("MJDs survive the way through an instant", "[ingest][time_axis][property]") {
  std::mt19937_64 random{57};
  std::uniform_real_distribution<double> mjd{40000.0, 90000.0};
  for (int i = 0; i < 2000; ++i) {
    const double days = mjd(random);
    CAPTURE(days);
    REQUIRE(to_mjd(from_mjd(days)) == days);
  }
}

TEST_CASE("sample times keep the nanosecond at 1e12 samples", "[ingest][time_axis]") {
  struct Row {
    std::string what;
    double index;
    double sample_time_s;
    std::int64_t days;
    double seconds;  // index * sample_time - 86400 * days in exact rational arithmetic
  };
  const auto row = GENERATE(values<Row>({
      {"first sample", 0.0, 64e-6, 0, 0.0},
      {"between samples", 2.5, 0.5, 0, 1.25},
      {"before the first", -4.0, 0.5, -1, 86398.0},
      {"a power of two", 1e12, 0x1p-14, 706, 36756.25},
      {"64 us", 1e12, 64e-6, 740, 63999.9999999971042},
      {"49.152 us", 999'999'999'999.0, 49.152e-6, 568, 76799.9999508476758},
      {"81.92 us", 1e12, 81.92e-6, 948, 12800.0000000017135},
      {"0.98304 ms", 123'456'789'012.0, 0.98304e-3, 1404, 57361.8703564691532},
  }));
  INFO(row.what);
  const TimeAxis axis{{58225, 0.0}, Seconds{row.sample_time_s}};
  const UtcInstant instant = axis.instant(row.index);
  CHECK(instant.mjd_day == 58225 + row.days);
  CHECK(std::abs(instant.second_of_day - row.seconds) < 1e-10);
  CHECK(std::abs(axis.since_start(row.index).value() -
                 (static_cast<double>(row.days) * 86400.0 + row.seconds)) < 1e-7);
}

}  // namespace draftstream
