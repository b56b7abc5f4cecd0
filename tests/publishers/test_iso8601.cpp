// Times and UUIDs as text.
#include <set>

#include "publishers/iso8601.hpp"
#include "publishers/uuid.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

TEST_CASE("an ISO 8601 time is read back exactly", "[publishers][iso8601]") {
  struct Row {
    const char* text;
    std::int64_t day;
    double second;
  };
  const auto row = GENERATE(values<Row>({
      {"1970-01-01T00:00:00.000000000Z", 40587, 0.0},
      {"1858-11-17T00:00:00.000000000Z", 0, 0.0},
      {"2000-02-29T12:00:00.500000000Z", 51603, 43200.5},
      {"2018-04-17T13:18:31.123456789Z", 58225, 47911.123456789},
      {"2026-12-31T23:59:59.999999999Z", 61405, 86399.999999999},
  }));
  INFO(row.text);
  const auto parsed = parse_iso8601(row.text);
  REQUIRE(parsed.has_value());
  CHECK(parsed->mjd_day == row.day);
  CHECK(parsed->second_of_day == row.second);
  CHECK(format_iso8601(*parsed) == row.text);
}

TEST_CASE("fewer decimals of a second are taken", "[publishers][iso8601]") {
  CHECK(parse_iso8601("2018-04-17T13:18:31Z") == UtcInstant{58225, 47911.0});
  CHECK(parse_iso8601("2018-04-17T13:18:31.5Z") == UtcInstant{58225, 47911.5});
}

TEST_CASE("what is no UTC time of the calendar is refused", "[publishers][iso8601]") {
  const std::string text = GENERATE(
      as<std::string>{}, "", "Z", "2018-04-17", "2018-04-17 13:18:31Z", "2018-04-17T13:18:31",
      "2018-04-17T13:18:31+00:00", "2018-02-29T00:00:00Z", "2018-13-01T00:00:00Z",
      "2018-00-01T00:00:00Z", "2018-04-31T00:00:00Z", "2018-04-17T24:00:00Z",
      "2018-04-17T13:60:00Z", "2018-04-17T13:18:60Z", "2018-04-17T13:18:31.Z",
      "2018-04-17T13:18:31.1234567890Z", "2018-04-17T13:18:31.12x4Z", "2018-04-17T13:18:31.5ZZ",
      "-018-04-17T13:18:31Z", "2018-4-17T13:18:31Z", "20180417T131831Z");
  INFO(text);
  CHECK_FALSE(parse_iso8601(text).has_value());
}

TEST_CASE("no prefix of a time is a time", "[publishers][iso8601]") {
  const std::string whole = "2018-04-17T13:18:31.123456789Z";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK_FALSE(parse_iso8601(whole.substr(0, length)).has_value());
  }
}

TEST_CASE("UUIDs are of version 4, and all different", "[publishers][uuid]") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = make_uuid();
    CHECK(is_uuid(uuid));
    CHECK(uuid[14] == '4');
    CHECK(std::string{"89ab"}.find(uuid[19]) != std::string::npos);
    seen.insert(uuid);
  }
  CHECK(seen.size() == 1000);
  CHECK_FALSE(is_uuid(""));
  CHECK_FALSE(is_uuid("01234567-89ab-4cde-8f01-23456789abc"));
  CHECK_FALSE(is_uuid("01234567-89ab-4cde-8f01-23456789abcg"));
  CHECK_FALSE(is_uuid("01234567089ab-4cde-8f01-23456789abcd"));
}
