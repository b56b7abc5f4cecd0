// Text to value.
#include <cmath>

#include "ingest/parse_value.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

TEST_CASE("numbers are read whole, within their range", "[ingest][parse_value]") {
  CHECK(parse_number("2.5", 0.0, 10.0) == 2.5);
  CHECK(parse_number("1e-3", 0.0, 10.0) == 1e-3);
  CHECK(parse_number("0", 0.0, 10.0) == 0.0);
  CHECK(parse_number("10", 0.0, 10.0) == 10.0);
  CHECK(parse_count("4096", 1, 10000) == 4096);
  CHECK(parse_count("1", 1, 1) == 1);
  CHECK(parse_switch("true"));
  CHECK_FALSE(parse_switch("false"));
  CHECK(parse_pair("0:1000", 0.0, 1e5) == std::pair{0.0, 1000.0});
  CHECK(parse_pair("475.5:476.25", 0.0, 1e5) == std::pair{475.5, 476.25});
}

TEST_CASE("what is no number of the range is refused with both", "[ingest][parse_value]") {
  for (const char* text :
       {"", " 1", "1 ", "1x", "nan", "inf", "-1", "10.5", "--", "0x10", "1e400"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_number(text, 0.0, 10.0), BadValue);
  }
  for (const char* text : {"", "0", "-1", "1.0", "10001", "99999999999999999999", "1e3", "+5"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_count(text, 1, 10000), BadValue);
  }
  for (const char* text : {"", "yes", "True", "1", "on"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_switch(text), BadValue);
  }
  for (const char* text : {"", ":", "1", "1:", ":1", "1:2:3", "1-2", "1: 2", "-1:2", "1:nan"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_pair(text, 0.0, 1e5), BadValue);
  }
  CHECK_THROWS_WITH(parse_number("seven", 3.0, 100.0),
                    "found 'seven', expected a number from 3 to 100");
}
