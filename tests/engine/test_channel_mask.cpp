// Channel masks: what each entry masks, and what each wrong one is answered.
#include <cstddef>
#include <string>
#include <vector>

#include "engine/channel_mask.hpp"
#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

// Centres 1500, 1490, ... 1410 MHz.
const FrequencyAxis falling{Megahertz{1500.0}, Megahertz{-10.0}, 10};

std::string masked(const std::string& text, const FrequencyAxis& axis = falling) {
  std::string picture;
  for (const bool channel : parse_channel_mask(text, axis)) picture += channel ? 'x' : '.';
  return picture;
}

}  // namespace

TEST_CASE("entries mask the channels they name", "[engine][channel_mask]") {
  struct Row {
    const char* name;
    const char* text;
    const char* picture;
  };
  const Row rows[] = {
      {"nothing", "", ".........."},
      {"only white space", " \n\t\r\n ,, \n", ".........."},
      {"only a comment", "# 3", ".........."},
      {"one channel", "3", "...x......"},
      {"first and last", "0 9", "x........x"},
      {"twice is once", "3,3\n3", "...x......"},
      {"a range, both ends", "2-4", "..xxx....."},
      {"a range of one", "4-4", "....x....."},
      {"all separators", "1,2\t3 4\r\n5", ".xxxxx...."},
      {"a comment ends its line only", "1 # 2 3\n4", ".x..x....."},
      {"a comment needs no space", "1#2\n#3\n4", ".x..x....."},
      {"leading zeros", "007", ".......x.."},
      {"a band, both ends", "1480:1500MHz", "xxx......."},
      {"a band upside down", "1500:1480MHz", "xxx......."},
      {"a band between two centres", "1481:1489MHz", ".........."},
      {"a band with fractions", "1469.5:1480.5MHz", "..xx......"},
      {"a band beyond the observation", "0:1e6MHz", "xxxxxxxxxx"},
      {"a band elsewhere", "100:200MHz", ".........."},
      {"overlapping", "0-3 2-5 1440:1450MHz", "xxxxxxx..."},
      {"no newline at the end", "1\n2", ".xx......."},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(masked(row.text) == row.picture);
  }
}

TEST_CASE("channels count in the order of the recording, bands by frequency",
          "[engine][channel_mask]") {
  const FrequencyAxis rising{Megahertz{1410.0}, Megahertz{10.0}, 10};
  CHECK(masked("0-1 1490:1500MHz", rising) == "xx......xx");
}

TEST_CASE("wrong entries are refused with line, found and expected", "[engine][channel_mask]") {
  const std::string form = "a channel (12), a range (20-30) or a band (1200:1215.5MHz)";
  const std::string band = "a band such as 1200:1215.5MHz";
  const std::string place = "channels from 0 to 9, the lower first";
  struct Row {
    const char* name;
    const char* text;
    const char* line;
    const char* found;
    std::string expected;
  };
  const Row rows[] = {
      {"a word", "one", "line 1", "'one'", form},
      {"negative", "-3", "line 1", "'-3'", form},
      {"signed", "+3", "line 1", "'+3'", form},
      {"open range", "3-", "line 1", "'3-'", form},
      {"double dash", "3--4", "line 1", "'3--4'", form},
      {"three ends", "1-2-3", "line 1", "'1-2-3'", form},
      {"a fraction", "3.5", "line 1", "'3.5'", form},
      {"hexadecimal", "0x3", "line 1", "'0x3'", form},
      {"beyond 64 bits", "99999999999999999999", "line 1", "'99999999999999999999'", form},
      {"a band without unit", "1480:1500", "line 1", "'1480:1500'", form},
      {"the unit in small letters", "1480:1500mhz", "line 1", "'1480:1500mhz'", form},
      {"a channel too many", "1\n2\n10", "line 3", "'10'", place},
      {"a range too long", "\n8-10", "line 2", "'8-10'", place},
      {"a range upside down", "4-2", "line 1", "'4-2'", place},
      {"a band without colon", "1480MHz", "line 1", "'1480MHz'", band},
      {"a band of one end", "1480:MHz", "line 1", "'1480:MHz'", band},
      {"a band of words", "a:bMHz", "line 1", "'a:bMHz'", band},
      {"a band of no numbers", "nan:1500MHz", "line 1", "'nan:1500MHz'", band},
      {"an endless band", "1400:infMHz", "line 1", "'1400:infMHz'", band},
      {"the unit apart", "1480:1500 MHz", "line 1", "'1480:1500'", form},
      {"after comments", "# a\n# b\n 5 x", "line 3", "'x'", form},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const std::string text =
        std::string{row.line} + ": found " + row.found + ", expected " + row.expected;
    CHECK_THROWS_AS(parse_channel_mask(row.text, falling), InputError);
    CHECK_THROWS_WITH(parse_channel_mask(row.text, falling), text);
  }
}

TEST_CASE("every prefix of a mask is parsed or refused", "[engine][channel_mask][property]") {
  const std::string text = "# bad\n0 2-4,\t1430:1450.5MHz\r\n9 # last";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    std::string found = "10 channels";
    try {
      if (parse_channel_mask(text.substr(0, length), falling).size() != 10) found = "a wrong size";
    } catch (const InputError& error) {
      if (std::string{error.what()}.substr(0, 8) != "line 2: ") found = error.what();
    }
    CHECK(found == "10 channels");
  }
}

}  // namespace draftstream
