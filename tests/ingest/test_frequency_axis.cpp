// Which frequency a channel is centred at, by steps and by table.
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "ingest/frequency_axis.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

std::vector<Megahertz> table(std::initializer_list<double> mhz) {
  std::vector<Megahertz> centres;
  for (const double each : mhz) centres.emplace_back(each);
  return centres;
}

}  // namespace

TEST_CASE("regular axes", "[ingest][frequency_axis]") {
  struct Row {
    std::string what;
    double first, step;
    std::size_t channels;
    double last, highest, lowest, middle, width;
  };
  const auto row = GENERATE(values<Row>({
      {"descending", 1500.0, -0.5, 5, 1498.0, 1500.0, 1498.0, 1499.0, 0.5},
      {"ascending", 1000.0, 0.25, 9, 1002.0, 1002.0, 1000.0, 1001.0, 0.25},
      {"one channel", 600.0, -400.0, 1, 600.0, 600.0, 600.0, 600.0, 400.0},
      {"lowest just above 0", 4.0, -1.0, 4, 1.0, 4.0, 1.0, 2.5, 1.0},
  }));
  INFO(row.what);
  const FrequencyAxis axis{Megahertz{row.first}, Megahertz{row.step}, row.channels};
  CHECK(axis.channels() == row.channels);
  CHECK(axis.regular());
  CHECK(axis.first().value() == row.first);
  CHECK(axis.step().value() == row.step);
  CHECK(axis.centre(row.channels - 1).value() == row.last);
  CHECK(axis.highest().value() == row.highest);
  CHECK(axis.lowest().value() == row.lowest);
  CHECK(axis.middle().value() == row.middle);
  CHECK(axis.channel_width().value() == row.width);
}

TEST_CASE("centres are products, not sums", "[ingest][frequency_axis]") {
  const FrequencyAxis axis{Megahertz{1500.0}, Megahertz{-0.1}, 4096};
  for (std::size_t c = 0; c < axis.channels(); ++c) {
    REQUIRE(axis.centre(c).value() == 1500.0 + static_cast<double>(c) * -0.1);
  }
}

TEST_CASE("tabled axes", "[ingest][frequency_axis]") {
  struct Row {
    std::string what;
    std::vector<Megahertz> centres;
    double step, width, highest, lowest;
  };
  const auto row = GENERATE(values<Row>({
      {"even, descending", table({1500.0, 1499.0, 1498.0}), -1.0, 1.0, 1500.0, 1498.0},
      {"even, ascending", table({10.0, 10.5, 11.0}), 0.5, 0.5, 11.0, 10.0},
      {"a hole in the band", table({100.0, 101.0, 102.0, 133.0}), 11.0, 1.0, 133.0, 100.0},
      {"out of order", table({1402.0, 1400.0, 1401.0, 1403.0, 1402.0 - 3.0}), -0.75, 1.0, 1403.0,
       1399.0},
      {"one channel", table({1420.4}), 0.0, 0.0, 1420.4, 1420.4},
      {"two channels", table({400.0, 440.0}), 40.0, 40.0, 440.0, 400.0},
  }));
  INFO(row.what);
  const FrequencyAxis axis{row.centres};
  CHECK_FALSE(axis.regular());
  REQUIRE(axis.channels() == row.centres.size());
  for (std::size_t c = 0; c < axis.channels(); ++c) CHECK(axis.centre(c) == row.centres[c]);
  CHECK(axis.step().value() == row.step);
  CHECK(axis.channel_width().value() == row.width);
  CHECK(axis.highest().value() == row.highest);
  CHECK(axis.lowest().value() == row.lowest);
}

TEST_CASE("axes that cannot be are refused", "[ingest][frequency_axis]") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  struct Row {
    std::string what;
    double first, step;
    std::size_t channels;
    std::string message;
  };
  const auto row = GENERATE(values<Row>({
      {"no channels", 1500.0, -1.0, 0, "needs at least 1 channel"},
      {"no step", 1500.0, 0.0, 8, "step that is not 0 MHz, got 0"},
      {"NaN step", 1500.0, nan, 8, "got nan"},
      {"infinite step", 1500.0, infinity, 8, "got inf"},
      {"NaN first", nan, -1.0, 8, "channel 0 is centred at nan MHz"},
      {"infinite first", infinity, -1.0, 8, "channel 0 is centred at inf MHz"},
      {"reaches 0 MHz", 7.0, -1.0, 8, "channel 7 is centred at 0 MHz, expected > 0"},
      {"negative", -1500.0, 1.0, 8, "channel 0 is centred at -1500 MHz"},
  }));
  INFO(row.what);
  CHECK_THROWS_WITH((FrequencyAxis{Megahertz{row.first}, Megahertz{row.step}, row.channels}),
                    ContainsSubstring(row.message));

  CHECK_THROWS_AS(FrequencyAxis{std::vector<Megahertz>{}}, std::invalid_argument);
  CHECK_THROWS_AS(FrequencyAxis{table({1400.0, 0.0})}, std::invalid_argument);
  CHECK_THROWS_AS(FrequencyAxis{table({1400.0, nan})}, std::invalid_argument);
}

TEST_CASE("axes are equal if all their centres are", "[ingest][frequency_axis]") {
  const FrequencyAxis axis{Megahertz{1500.0}, Megahertz{-1.0}, 16};
  CHECK(axis == FrequencyAxis{Megahertz{1500.0}, Megahertz{-1.0}, 16});
  CHECK_FALSE(axis == FrequencyAxis{Megahertz{1500.0}, Megahertz{-1.0}, 15});
  CHECK_FALSE(axis == FrequencyAxis{Megahertz{1500.5}, Megahertz{-1.0}, 16});
}

}  // namespace draftstream
