#include "ingest/live/dada_text.hpp"

#include <cmath>
#include <optional>
#include <string>

#include "tests/support/catch.hpp"

using namespace draftstream;

TEST_CASE("instants of DADA headers", "[ingest][dada]") {
  struct Row {
    std::string text;
    std::int64_t day;
    double second;
  };
  const auto row = GENERATE(values<Row>({
      {"1858-11-17-00:00:00", 0, 0.0},
      {"2023-02-25-00:00:06", 60000, 6.0},
      {"2023-02-25-12:34:56", 60000, 45296.0},
      {"2023-02-25T12:34:56Z", 60000, 45296.0},
      {"2023-02-25-12:34:56.5", 60000, 45296.5},
      {"2023-02-25-12:34:56.", 60000, 45296.0},
      {"2020-02-29-23:59:59.999999", 58908, 86399.999999},
      {"2016-12-31-23:59:60", 57754, 0.0},  // a leap second
      {"2016-12-31-23:59:60.25", 57754, 0.25},
      {"9999-12-31-00:00:00", 2973483, 0.0},
  }));
  CAPTURE(row.text);
  const auto instant = parse_utc_start(row.text);
  REQUIRE(instant);
  CHECK(instant->mjd_day == row.day);
  CHECK(std::abs(instant->second_of_day - row.second) < 1e-10);
}

TEST_CASE("what is no instant", "[ingest][dada]") {
  const std::string text = GENERATE(values<std::string>({"",
                                                         "2023",
                                                         "2023-02-25",
                                                         "2023-02-25-",
                                                         "2023-02-25-00:00",
                                                         "2023-02-25-00:00:0",
                                                         "2023-02-29-00:00:00",
                                                         "2023-13-01-00:00:00",
                                                         "2023-00-01-00:00:00",
                                                         "2023-02-25-24:00:00",
                                                         "2023-02-25-00:60:00",
                                                         "2023-02-25-00:00:61",
                                                         "2023-02-25 00:00:00",
                                                         "2023/02/25-00:00:00",
                                                         "23-02-25-00:00:00",
                                                         "2023-02-25-00:00:00x",
                                                         "2023-02-25-00:00:00.1.2",
                                                         "2023-02-25-00:00:00.5e3",
                                                         "2023-02-25-00:00:-1",
                                                         "2023-02-25-00:00:+1",
                                                         "1858-11-16-00:00:00",
                                                         "60000.5",
                                                         "-2023-02-25-00:00:00"}));
  CAPTURE(text);
  CHECK_FALSE(parse_utc_start(text));
}

TEST_CASE("positions of DADA headers", "[ingest][dada]") {
  struct Row {
    std::string ra;
    double ra_deg;
    std::string dec;
    double dec_deg;
  };
  const auto row = GENERATE(values<Row>({
      {"05:34:31.97", 83.63320833, "+22:00:52.1", 22.01447222},
      {"05:34:31.97", 83.63320833, "-22:00:52.1", -22.01447222},
      {"5:34", 83.5, "-0:30", -0.5},
      {"00:00:00", 0.0, "-00:00:36", -0.01},
      {"5h34m31.97s", 83.63320833, "22d00m52.1s", 22.01447222},
      {"5h34m", 83.5, "-22d30m", -22.5},
      {"5h", 75.0, "+22d", 22.0},
      {"053431.97", 83.63320833, "220052.1", 22.01447222},
      {"000030", 0.125, "-000036", -0.01},
      {"83.633", 83.633, "-22.014", -22.014},
      {"0", 0.0, "90", 90.0},
      {"359.99", 359.99, "-90:00:00", -90.0},
      {"24:00:00", 0.0, "12:34.5", 12.575},
  }));
  CAPTURE(row.ra, row.dec);
  const auto ra = parse_right_ascension(row.ra);
  const auto dec = parse_declination(row.dec);
  REQUIRE(ra);
  REQUIRE(dec);
  CHECK(std::abs(*ra - row.ra_deg) < 1e-7);
  CHECK(std::abs(*dec - row.dec_deg) < 1e-7);
}

TEST_CASE("what is no position", "[ingest][dada]") {
  const std::string text = GENERATE(values<std::string>(
      {"",          "x",      ":",     "5:",  "5:60:00", "5:00:61", "1:2:3:4", "5.5:30:00",
       "5:30.5:10", "+-5:00", "5m30s", "nan", "inf",     "1e3",     "5 34 31", "5::31",
       "056600",    ".",      "..",    "-",   "400.0",   "990000",  "95:00:00"}));
  CAPTURE(text);
  CHECK_FALSE(parse_right_ascension(text));
  CHECK_FALSE(parse_declination(text));
}
