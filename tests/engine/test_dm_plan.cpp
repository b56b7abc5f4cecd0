// Trials against the formula solved another way; delays against values rounded by hand.
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <stdexcept>
#include <vector>

#include "engine/dm_plan.hpp"
#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

const FrequencyAxis falling{Megahertz{1500.0}, Megahertz{-4.0}, 64};
const FrequencyAxis rising{Megahertz{400.0}, Megahertz{0.5}, 256};

DmRange range(double min, double max, double tolerance = 1.25) {
  return {DispersionMeasure{min}, DispersionMeasure{max}, tolerance, Seconds{40e-6}};
}

std::vector<std::int32_t> delays(const DmPlan& plan, double dm) {
  std::vector<std::int32_t> out(plan.channels());
  plan.delays(DispersionMeasure{dm}, out);
  return out;
}

}  // namespace

// The formula of the header, solved for DM' by bisection of the width that it bounds.
TEST_CASE("trials lie where the tolerance puts them", "[engine][dm_plan]") {
  const DmPlan first{falling, Seconds{0.5e-3}, range(0.0, 100.0)};
  REQUIRE(first.trials() == 39);
  const double near_zero[] = {0.0, 1.833737954, 3.662360276, 5.489890221, 7.320289206};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(std::abs(first.trial(i).value() - near_zero[i]) < 1e-8);
  }
  CHECK(std::abs(first.trial(38).value() - 100.37120324153355) < 1e-7);

  const DmPlan second{rising, Seconds{1e-3}, range(50.0, 60.0, 1.1)};
  REQUIRE(second.trials() == 26);
  const double from_fifty[] = {50.0, 50.385228265, 50.772851332, 51.162887651};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(std::abs(second.trial(i).value() - from_fifty[i]) < 1e-8);
  }
  CHECK(std::abs(second.trial(25).value() - 60.39308123880494) < 1e-7);
}

TEST_CASE("trials rise from min and reach max", "[engine][dm_plan][property]") {
  for (const auto* axis : {&falling, &rising}) {
    for (const double tolerance : {1.01, 1.1, 1.25, 2.0}) {
      for (const double max : {7.0, 7.5, 300.0}) {
        const DmPlan plan{*axis, Seconds{1e-3}, range(7.0, max, tolerance)};
        CHECK(plan.trial(0).value() == 7.0);
        CHECK(plan.trial(plan.trials() - 1).value() >= max);
        if (plan.trials() > 1) CHECK(plan.trial(plan.trials() - 2).value() < max);
        for (std::size_t i = 1; i < plan.trials(); ++i) {
          REQUIRE(plan.trial(i) > plan.trial(i - 1));
          REQUIRE(plan.step(i - 1) == plan.trial(i) - plan.trial(i - 1));
        }
        CHECK(plan.longest_delay() == static_cast<std::size_t>(std::lround(
                                          plan.sweep_samples(plan.trial(plan.trials() - 1)))));
      }
    }
  }
}

TEST_CASE("a plan of one DM, and of one channel, has one trial", "[engine][dm_plan]") {
  const DmPlan one_dm{falling, Seconds{1e-3}, range(56.7, 56.7)};
  CHECK(one_dm.trials() == 1);
  CHECK(one_dm.trial(0).value() == 56.7);
  CHECK(one_dm.step(0).value() == 0.0);

  const FrequencyAxis channel{Megahertz{1400.0}, Megahertz{-1.0}, 1};
  const DmPlan one_channel{channel, Seconds{1e-3}, range(0.0, 1000.0)};
  CHECK(one_channel.trials() == 1);
  CHECK(one_channel.longest_delay() == 0);
  CHECK(delays(one_channel, 1000.0) == std::vector<std::int32_t>{0});
}

// k * DM * (f^-2 - f_top^-2) / 1 ms: 23.457, 56.25, 104.082, 177.778 and 300 samples for DM 24.1;
// 13.643, 30.554 and 51.867 for DM 50. Truncation would fail in four of them.
TEST_CASE("delays are rounded to the nearest sample, from the highest channel",
          "[engine][dm_plan]") {
  const DmPlan down{FrequencyAxis{Megahertz{1000.0}, Megahertz{-100.0}, 6}, Seconds{1e-3},
                    range(0.0, 100.0)};
  CHECK(delays(down, 24.1) == std::vector<std::int32_t>{0, 23, 56, 104, 178, 300});

  const DmPlan up{FrequencyAxis{Megahertz{1200.0}, Megahertz{100.0}, 4}, Seconds{1e-3},
                  range(0.0, 100.0)};
  CHECK(delays(up, 50.0) == std::vector<std::int32_t>{52, 31, 14, 0});

  const DmPlan table{
      FrequencyAxis{{Megahertz{1300.0}, Megahertz{1500.0}, Megahertz{1200.0}, Megahertz{1400.0}}},
      Seconds{1e-3}, range(0.0, 100.0)};
  CHECK(delays(table, 50.0) == std::vector<std::int32_t>{31, 0, 52, 14});
}

TEST_CASE("the sweep is the delay of the lowest channel", "[engine][dm_plan]") {
  const DmPlan down{FrequencyAxis{Megahertz{1000.0}, Megahertz{-100.0}, 6}, Seconds{1e-3},
                    range(0.0, 24.1)};
  CHECK(std::abs(down.sweep_samples(DispersionMeasure{24.1}) - 300.0) < 1e-9);
  CHECK(down.longest_delay() >= 300);
}

TEST_CASE("ranges that make no sense are refused", "[engine][dm_plan]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  struct Row {
    const char* name;
    DmRange range;
    const char* text;
  };
  const Row rows[] = {
      {"max below min", range(100.0, 50.0),
       "DM range: found 100:50 pc cm^-3, expected 0 <= MIN <= MAX"},
      {"negative min", range(-1.0, 50.0), "DM range: found -1:50"},
      {"endless max", range(0.0, infinity), "DM range: found 0:inf"},
      {"no number", range(nan, 50.0), "DM range: found nan:50"},
      {"no number above", range(0.0, nan), "DM range: found 0:nan"},
      {"tolerance 1", range(0.0, 50.0, 1.0), "DM tolerance: found 1, expected a number above 1"},
      {"tolerance no number", range(0.0, 50.0, nan), "DM tolerance: found nan"},
      {"endless tolerance", range(0.0, 50.0, infinity), "DM tolerance: found inf"},
      {"too many trials", range(0.0, 1e5, 1.0 + 1e-9), "more than 200000 trials"},
      {"a sweep beyond all memory", range(0.0, 1e9, 1e4), "expected fewer than 1e+09"},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK_THROWS_AS((DmPlan{falling, Seconds{1e-3}, row.range}), ConfigError);
    CHECK_THROWS_WITH((DmPlan{falling, Seconds{1e-3}, row.range}), ContainsSubstring(row.text));
  }
}

TEST_CASE("trials can be given", "[engine][dm_plan]") {
  const FrequencyAxis axis{Megahertz{1000.0}, Megahertz{-100.0}, 6};
  const auto given = [&](std::initializer_list<double> dms) {
    std::vector<DispersionMeasure> trials;
    for (const double dm : dms) trials.emplace_back(dm);
    return DmPlan{axis, Seconds{1e-3}, std::span<const DispersionMeasure>{trials}};
  };
  const DmPlan plan = given({3.0, 4.5, 24.1});
  REQUIRE(plan.trials() == 3);
  CHECK(plan.trial(1).value() == 4.5);
  CHECK(plan.step(0).value() == 1.5);
  CHECK(plan.longest_delay() == 300);
  CHECK(delays(plan, 24.1) == std::vector<std::int32_t>{0, 23, 56, 104, 178, 300});

  CHECK_THROWS_AS(given({}), std::invalid_argument);
  CHECK_THROWS_AS(given({-1.0, 2.0}), std::invalid_argument);
  CHECK_THROWS_AS(given({1.0, 1.0}), std::invalid_argument);
  CHECK_THROWS_AS(given({1.0, 3.0, 2.0}), std::invalid_argument);
  CHECK_THROWS_AS(given({1.0, std::numeric_limits<double>::quiet_NaN()}), std::invalid_argument);
  CHECK_THROWS_WITH(given({1.0, 1e12}), ContainsSubstring("expected fewer than 1e+09"));
}

// A table may name a frequency twice; then its median step, the channel width, may be 0.
TEST_CASE("channels of unknown width still have a plan", "[engine][dm_plan]") {
  const FrequencyAxis twice{{Megahertz{1400.0}, Megahertz{1400.0}, Megahertz{1400.0},
                             Megahertz{1300.0}, Megahertz{1300.0}, Megahertz{1300.0}}};
  REQUIRE(twice.channel_width().value() == 0.0);
  const DmPlan plan{twice, Seconds{1e-3}, range(0.0, 100.0)};
  CHECK(plan.trials() > 1);
  CHECK(plan.trial(plan.trials() - 1).value() >= 100.0);
}

}  // namespace draftstream
