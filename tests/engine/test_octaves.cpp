// Octaves against the delays and the formula that define them, and against counts known before.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/channel_order.hpp"
#include "engine/dispersion.hpp"
#include "engine/tree/octaves.hpp"
#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

// Outer edges of the outer channels.
FrequencyAxis band(double top_mhz, double bottom_mhz, std::size_t channels) {
  const double step = (bottom_mhz - top_mhz) / static_cast<double>(channels);
  return {Megahertz{top_mhz + 0.5 * step}, Megahertz{step}, channels};
}

DmRange range(double min, double max, double tolerance = 1.25) {
  return {DispersionMeasure{min}, DispersionMeasure{max}, tolerance, Seconds{40e-6}};
}

// Mean delay from one channel to the next, of `channels` of them [samples].
double delay_a_channel(const FrequencyAxis& axis, Seconds sample_time, double dm) {
  const Seconds sweep = dispersion_delay(DispersionMeasure{dm}, axis.lowest(), axis.highest());
  return sweep / sample_time / static_cast<double>(axis.channels());
}

std::size_t trials_of(const std::vector<Octave>& octaves) {
  return std::accumulate(
      octaves.begin(), octaves.end(), std::size_t{0},
      [](std::size_t sum, const Octave& octave) { return sum + octave.trials.size(); });
}

struct Case {
  std::string name;
  FrequencyAxis axis;
  Seconds sample_time;
  DmRange range;
  OctaveOptions options;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  const FrequencyAxis rising{Megahertz{400.0}, Megahertz{0.5}, 256};
  for (const unsigned shift : {0U, 1U, 2U, 3U}) {
    for (const unsigned most : {1U, 2U, 3U, 4U, 1024U}) {
      const std::string options =
          ", shift " + std::to_string(shift) + ", limit " + std::to_string(most);
      all.push_back({"falling" + options,
                     band(1500.0, 1200.0, 256),
                     Seconds{1e-3},
                     range(0.0, 2000.0),
                     {shift, most}});
      all.push_back(
          {"rising" + options, rising, Seconds{0.5e-3}, range(33.0, 900.0, 1.1), {shift, most}});
    }
  }
  all.push_back({"a narrow range far up", rising, Seconds{1e-3}, range(500.0, 501.0), {2, 1024}});
  all.push_back({"one DM far up", rising, Seconds{1e-3}, range(500.0, 500.0), {2, 1024}});
  all.push_back({"two channels", band(1500.0, 1200.0, 2), Seconds{1e-3}, range(0.0, 500.0), {}});
  return all;
}

}  // namespace

// 101 channels from 1000 to 500 MHz: DM 24.1 sweeps 24.1 / 2.41e-4 * 3e-6 s = 0.3 s; at 1/1.01 ms
// that is 3 samples a channel, DM 8.033 one.
TEST_CASE("octaves end where a channel's delay doubles", "[engine][octaves]") {
  const FrequencyAxis axis{Megahertz{1000.0}, Megahertz{-5.0}, 101};
  const Seconds sample_time{1e-3 / 1.01};
  REQUIRE(std::abs(delay_a_channel(axis, sample_time, 24.1) - 3.0) < 1e-12);
  struct Row {
    unsigned shift;
    unsigned most;
    std::vector<unsigned> downsamples;
    std::vector<int> steps;
    std::vector<double> tops;  // delay a channel
  };
  const Row rows[] = {
      {0, 1024, {1, 2, 4, 8}, {2, 1, 1, 1}, {1.0, 2.0, 4.0, 8.0}},
      {1, 1024, {1, 1, 2, 4}, {2, 2, 2, 1}, {1.0, 2.0, 4.0, 8.0}},
      {2, 1024, {1, 1, 1, 2}, {2, 2, 4, 2}, {1.0, 2.0, 4.0, 8.0}},
      {3, 1024, {1, 1, 1, 1}, {2, 2, 4, 4}, {1.0, 2.0, 4.0, 8.0}},
      {0, 2, {1, 2}, {2, 1}, {1.0, 8.0}},
      {0, 3, {1, 2}, {2, 1}, {1.0, 8.0}},
      {2, 1, {1, 1, 1}, {2, 2, 4}, {1.0, 2.0, 8.0}},
  };
  for (const Row& row : rows) {
    INFO("shift " << row.shift << ", limit " << row.most);
    const auto octaves = plan_octaves(axis, sample_time, range(0.0, 40.0), {row.shift, row.most});
    REQUIRE(octaves.size() == row.downsamples.size());
    double before = 0.0;
    for (std::size_t o = 0; o < octaves.size(); ++o) {
      CHECK(octaves[o].downsample == row.downsamples[o]);
      CHECK(octaves[o].delay_step == row.steps[o]);
      const double first = delay_a_channel(axis, sample_time, octaves[o].trials.front());
      const double last = delay_a_channel(axis, sample_time, octaves[o].trials.back());
      CHECK(first >= before);
      CHECK(last > 0.9 * std::min(row.tops[o], 5.0));
      CHECK(last <= row.tops[o]);
      before = row.tops[o];
    }
  }
}

TEST_CASE("trials of all octaves cover the range, each by its own tolerance",
          "[engine][octaves][property]") {
  for (const Case& one : cases()) {
    INFO(one.name);
    const auto octaves = plan_octaves(one.axis, one.sample_time, one.range, one.options);
    REQUIRE_FALSE(octaves.empty());
    CHECK(octaves.front().trials.front() == one.range.min.value());
    CHECK(octaves.back().trials.back() >= one.range.max.value());
    double previous = -1.0;
    Seconds previous_time{0.0};  // of a sample of the octave of `previous`
    for (const Octave& octave : octaves) {
      REQUIRE_FALSE(octave.trials.empty());
      CHECK(octave.downsample <= std::max(1U, one.options.most_downsample));
      CHECK((octave.delay_step == 1 || octave.delay_step * octave.downsample <= 4));
      const Seconds time = static_cast<double>(octave.downsample) * one.sample_time;
      for (const double dm : octave.trials) {
        REQUIRE(dm > previous);
        if (previous >= 0.0) {
          CHECK(previous < one.range.max.value());
          // The formula of trial_spacing.hpp, in seconds, at the resolution of the trial below.
          const double f = one.axis.middle().value();
          const double a =
              2.0 * dispersion_constant * one.axis.channel_width().value() / (f * f * f);
          const double b = a * static_cast<double>(one.axis.channels()) / 4.0;
          const double t = previous_time.value();
          const double w = one.range.pulse_width.value();
          const double wide =
              t * t + w * w + a * a * dm * dm + b * b * (dm - previous) * (dm - previous);
          const double narrow = t * t + w * w + a * a * previous * previous;
          REQUIRE(std::abs(std::sqrt(wide / narrow) - one.range.tolerance) < 1e-9);
        }
        previous = dm;
        previous_time = time;
      }
    }
  }
}

TEST_CASE("numbers of trials of three telescopes", "[engine][octaves]") {
  struct Row {
    const char* name;
    FrequencyAxis axis;
    double sample_time_s;
    double max_dm;
    double tolerance;
    unsigned shift;
    std::size_t trials;
  };
  const Row rows[] = {
      {"1024 channels", band(1500.0, 1200.0, 1024), 256e-6, 1500.0, 1.1, 2, 1363},
      {"4096 channels", band(1500.0, 1000.0, 4096), 98.304e-6, 3000.0, 1.25, 2, 4501},
      {"16384 channels", band(800.0, 400.0, 16384), 983.04e-6, 13000.0, 1.25, 0, 11315},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const std::size_t trials =
        trials_of(plan_octaves(row.axis, Seconds{row.sample_time_s},
                               range(0.0, row.max_dm, row.tolerance), {row.shift, 1024}));
    // Known from another program, of which the constants differ in the fourth digit.
    CHECK(std::abs(static_cast<double>(trials) - static_cast<double>(row.trials)) <= 5.0);
  }
}

TEST_CASE("one channel, or all at one frequency, has one trial", "[engine][octaves]") {
  for (const FrequencyAxis& axis : {FrequencyAxis{Megahertz{1400.0}, Megahertz{-1.0}, 1},
                                    FrequencyAxis{std::vector<Megahertz>(5, Megahertz{1400.0})}}) {
    const auto octaves = plan_octaves(axis, Seconds{1e-3}, range(3.0, 1000.0));
    REQUIRE(octaves.size() == 1);
    CHECK(octaves[0].trials == std::vector<double>{3.0});
    CHECK(octaves[0].downsample == 1);
    const TreePlan tree = plan_tree(axis, Seconds{1e-3}, octaves[0]);
    CHECK(tree.channels() == axis.channels());
    CHECK(tree.late(0) == 0);
  }
}

TEST_CASE("the tree of an octave takes channels from the highest down", "[engine][octaves]") {
  const FrequencyAxis table{
      {Megahertz{1300.0}, Megahertz{1500.0}, Megahertz{1200.0}, Megahertz{1500.0}}};
  CHECK(channels_by_rank(table) == std::vector<std::uint32_t>{1, 3, 0, 2});
  // DM 50 reaches 1300 MHz 30.554 ms after 1500 MHz, 1200 MHz 51.867 ms: samples of 2 ms of 1500
  // MHz are taken 25.93 late, of 1300 MHz 10.66.
  const TreePlan tree = plan_tree(table, Seconds{1e-3}, Octave{2, 1, {50.0}});
  CHECK(tree.track(0) == std::vector<std::int32_t>{26, 26, 11, 0});
}

TEST_CASE("octaves of nonsense are refused", "[engine][octaves]") {
  const FrequencyAxis axis = band(1500.0, 1200.0, 64);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Seconds sample_time{1e-3};
  CHECK_THROWS_WITH(plan_octaves(axis, sample_time, range(100.0, 50.0)),
                    ContainsSubstring("DM range: found 100:50 pc cm^-3, expected 0 <= MIN <= MAX"));
  CHECK_THROWS_AS(plan_octaves(axis, sample_time, range(0.0, nan)), ConfigError);
  CHECK_THROWS_AS(plan_octaves(axis, sample_time, range(0.0, 50.0, 1.0)), ConfigError);
  CHECK_THROWS_WITH(plan_octaves(axis, sample_time, range(0.0, 1e5, 1.0 + 1e-9)),
                    ContainsSubstring("more than 200000 trials"));
  CHECK_THROWS_WITH(plan_octaves(axis, sample_time, range(0.0, 1e9, 1e4)),
                    ContainsSubstring("expected fewer than 1e+09"));
  CHECK_THROWS_AS(plan_octaves(axis, sample_time, range(0.0, 50.0), {11, 1024}),
                  std::invalid_argument);
  CHECK_THROWS_AS(plan_octaves(axis, sample_time, range(0.0, 50.0), {2, 0}), std::invalid_argument);
}

}  // namespace draftstream
