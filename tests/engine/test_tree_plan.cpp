// What a tree's trials sum: lags worked out by hand, and what holds for any band and any trials.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/tree/tree_plan.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using Track = std::vector<std::int32_t>;

// Delays of one unit of DM behind the highest of equally wide channels [samples].
std::vector<double> band(std::size_t channels, double top_mhz, double bottom_mhz,
                         double samples_per_dm) {
  const double step = (top_mhz - bottom_mhz) / static_cast<double>(channels);
  const auto inverse_square = [&](std::size_t c) {
    const double f = top_mhz - (static_cast<double>(c) + 0.5) * step;
    return 1.0 / (f * f);
  };
  std::vector<double> delays(channels, 0.0);
  const double whole = inverse_square(channels - 1) - inverse_square(0);
  for (std::size_t c = 1; c < channels; ++c) {
    delays[c] = samples_per_dm * (inverse_square(c) - inverse_square(0)) / whole;
  }
  return delays;
}

std::vector<double> evenly(double first, double last, std::size_t count) {
  std::vector<double> trials(count, first);
  for (std::size_t k = 1; k < count; ++k) {
    trials[k] = first + (last - first) * static_cast<double>(k) / static_cast<double>(count - 1);
  }
  return trials;
}

struct Case {
  std::string name;
  std::vector<double> delays;
  std::vector<double> trials;
  std::vector<unsigned> radices;
  int delay_step = 1;

  [[nodiscard]] TreePlan plan() const { return {delays, trials, radices, delay_step}; }
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const std::size_t channels :
       {1,   2,   3,   7,   16,  31,  32,   33,   37,   64,   97,   100, 128,
        255, 256, 257, 500, 509, 512, 1000, 1024, 1031, 2048, 3000, 4096}) {
    const double n = static_cast<double>(channels);
    all.push_back({std::to_string(channels) + " channels, to a sample a channel",
                   band(channels, 1500.0, 1200.0, n), evenly(0.0, 1.0, 60),
                   tree_radices(channels)});
    all.push_back({std::to_string(channels) + " channels, to four samples a channel, in fours",
                   band(channels, 800.0, 400.0, 4.0 * n), evenly(0.5, 1.0, 40),
                   tree_radices(channels), 4});
  }
  const auto trials = evenly(0.0, 1.0, 65);
  const auto narrow = band(64, 1500.0, 1000.0, 64.0);
  all.push_back({"radix 2 all the way", narrow, trials, {2, 2, 2, 2, 2, 2}});
  all.push_back({"one stage", narrow, trials, {64}});
  all.push_back({"spare radices", band(5, 1500.0, 1000.0, 64.0), trials, {2, 2, 4, 8}});
  all.push_back(
      {"all at one frequency", std::vector<double>(40, 0.0), evenly(0.0, 9.0, 10), {8, 8}});
  std::vector<double> holes = band(200, 1500.0, 1100.0, 300.0);
  holes.erase(holes.begin() + 40, holes.begin() + 90);  // 150 channels, a hole inside sub-bands
  for (const std::size_t c : {10U, 11U, 60U, 100U, 101U, 102U, 140U}) holes[c] = holes[c - 1];
  all.push_back({"a table with a hole and repeats", holes, evenly(0.0, 1.0, 50), {8, 4, 8}, 2});
  std::mt19937_64 random{20250611};
  std::uniform_real_distribution<double> uniform{0.0, 700.0};
  for (int i = 0; i < 5; ++i) {
    std::vector<double> delays(210);
    for (double& delay : delays) delay = uniform(random);
    delays[0] = 0.0;
    std::sort(delays.begin(), delays.end());
    all.push_back(
        {"random table " + std::to_string(i), delays, evenly(0.0, 1.0, 33), {4, 8, 8}, 1});
  }
  return all;
}

// What a track is off the exact one of its row's DM at most. With q the step, r the error of a
// lag, which is that of the child's mean track, and d the largest distance from the row's mean
// error:
//   a lag is rounded (1/2), or held at 0 where less was wanted, which is at most what rounding the
//   child's delay added, q/2, and the child's own mean error: r = max(1/2, q/2 + r_below);
//   a child's delay is rounded by q/2 at most, which moves no channel farther from the child's
//   mean: error = r + q/2 + d_below, and d = r + error, for the mean error is no larger than r.
double longest_error(std::size_t stages, int delay_step) {
  const double half = 0.5 * delay_step;
  double r = 0.5;
  double d = 1.0;
  double error = 0.5;  // channels have no delay across
  for (std::size_t s = 2; s <= stages; ++s) {
    const double r_below = r;
    r = std::max(0.5, half + r_below);
    error = r + half + d;
    d = 2.0 * r + half + d;
  }
  return error;
}

}  // namespace

// Two sub-bands of two channels, radix 2, steps of 1 sample. Delays {0, 1, 2.2, 3.6} a unit of DM:
// 1 across the upper sub-band, 1.4 across the lower. Upper rows of round(DM * 1) = 0, 1, 3, 4
// samples, lower ones of round(DM * 1.4) = 0, 1, 4, 6.
//   DM 1    upper (1, 0), wants 3.6 - 1, 2.6 - 0: mean 2.6, lag 3. Lower (1, 0) wants 0.4, 0: 0.
//   DM 2.7  upper (3, 0), wants 9.72 - 3, 7.02: mean 6.87, lag 7. Lower (4, 0), wants -0.11: 0.
//   DM 2.8  the same rows; upper wants 7.08, 7.28: mean 7.18, lag 7. Lower wants -0.04: 0.
//   DM 4.3  upper (4, 0), wants 11.48, 11.18: mean 11.33, lag 11. Lower (6, 0), wants 0.01: 0.
TEST_CASE("lags of four channels are those worked out by hand", "[engine][tree_plan]") {
  const TreePlan plan{{0.0, 1.0, 2.2, 3.6}, {0.0, 1.0, 2.7, 2.8, 4.3}, {2, 2}, 1};
  CHECK(plan.track(0) == Track{0, 0, 0, 0});
  CHECK(plan.track(1) == Track{4, 3, 1, 0});
  CHECK(plan.track(2) == Track{10, 7, 4, 0});
  CHECK(plan.track(3) == Track{10, 7, 4, 0});
  CHECK(plan.track(4) == Track{15, 11, 6, 0});
  // Means of track + delay: 0, 3.7, 9.84, 10.01, 15.31.
  const std::int32_t late[] = {0, 4, 10, 10, 15};
  for (std::size_t k = 0; k < 5; ++k) CHECK(plan.late(k) == late[k]);

  REQUIRE(plan.stages().size() == 3);
  const TreeStage& channels = plan.stages()[0];
  CHECK(channels.rows == 4);
  CHECK(channels.sources.empty());
  const std::int32_t kept_back[] = {4, 0, 6, 0};
  for (std::size_t c = 0; c < 4; ++c) CHECK(channels.nodes[c].longest_lag == kept_back[c]);
  const TreeStage& pairs = plan.stages()[1];
  REQUIRE(pairs.nodes.size() == 2);
  CHECK(pairs.rows == 8);
  CHECK(pairs.longest_lag == 6);
  CHECK(pairs.nodes[1].first_row == 4);
  CHECK(pairs.nodes[1].rows == 4);
  CHECK(pairs.nodes[1].first_source == 8);
  CHECK(pairs.nodes[0].longest_lag == 11);
  CHECK(pairs.nodes[1].longest_lag == 0);
  const TreeStage& whole = plan.stages()[2];
  const TreeSource sources[] = {{0, 0}, {4, 0}, {1, 3}, {5, 0},  {2, 7},
                                {6, 0}, {2, 7}, {6, 0}, {3, 11}, {7, 0}};
  REQUIRE(whole.sources.size() == 10);
  for (std::size_t i = 0; i < 10; ++i) {
    INFO(i);
    CHECK(whole.sources[i].row == sources[i].row);
    CHECK(whole.sources[i].lag == sources[i].lag);
  }
  CHECK(plan.adds_a_sample() == 13.0);            // 8 rows of 2, 5 rows of 2
  CHECK(plan.history_bytes() == 4 + 6 + 4 * 11);  // channels 0 and 2, the upper pair's rows
}

// Three channels and two, radices 3 and 2, steps of 2 samples. Delays {0, 1.2, 2, 3.1, 4.6}: 2
// across the upper sub-band, 1.5 across the lower.
//   DM 2.2  upper 4.4 -> 4, that is DM 2: (4, 1.6 -> 2, 0); lower 3.3 -> 4: (4, 0).
//           Upper wants 10.12 - 4, 7.48 - 2, 5.72: mean 5.773, lag 6. Lower -0.35: lag 0.
//   DM 3    upper 6 -> 6 (2.5 steps would be, 3 are): (6, 2.4 -> 2, 0); lower 4.5 -> 4: (4, 0).
//           Upper wants 13.8 - 6, 10.2 - 2, 7.8: mean 7.933, lag 8. Lower 0.25: lag 0.
//   DM 3.6  upper 7.2 -> 8, that is DM 4: (8, 3.2 -> 3, 0); lower 5.4 -> 6: (6, 0).
//           Upper wants 16.56 - 8, 12.24 - 3, 9.36: mean 9.053, lag 9. Lower -0.3: lag 0.
TEST_CASE("lags of five channels in steps of two samples", "[engine][tree_plan]") {
  const TreePlan plan{{0.0, 1.2, 2.0, 3.1, 4.6}, {2.2, 3.0, 3.6}, {3, 2}, 2};
  CHECK(plan.track(0) == Track{10, 8, 6, 4, 0});
  CHECK(plan.track(1) == Track{14, 10, 8, 4, 0});
  CHECK(plan.track(2) == Track{17, 12, 9, 6, 0});
  // Means of track + delay: 38.98, 68.7 and 83.24, less DM * 10.9, over 5: 10.396, 13.74, 16.648.
  CHECK(plan.late(0) == 10);
  CHECK(plan.late(1) == 14);
  CHECK(plan.late(2) == 17);
  CHECK(plan.stages()[1].nodes[1].children == 2);
  CHECK(plan.stages()[1].nodes[1].rows == 2);  // the lower sub-band's 4 samples serve two trials
}

// One stage of all channels is brute force: round(DM * (delay of the lowest - delay)).
TEST_CASE("one stage takes the rounded delays", "[engine][tree_plan]") {
  const TreePlan plan{{0.0, 0.3, 0.9, 1.6}, {0.0, 1.0, 2.5}, {4}, 1};
  CHECK(plan.track(0) == Track{0, 0, 0, 0});
  CHECK(plan.track(1) == Track{2, 1, 1, 0});  // 1.6, 1.3, 0.7
  CHECK(plan.track(2) == Track{4, 3, 2, 0});  // 4, 3.25, 1.75
}

TEST_CASE("one channel is its own trial at every DM", "[engine][tree_plan]") {
  const TreePlan plan{{0.0}, {0.0, 5.0, 1e6}, tree_radices(1), 1};
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(plan.track(k) == Track{0});
    CHECK(plan.late(k) == 0);
  }
  CHECK(plan.adds_a_sample() == 0.0);
}

TEST_CASE("stages name every row below once and every channel once a trial",
          "[engine][tree_plan][property]") {
  for (const Case& one : cases()) {
    INFO(one.name);
    const TreePlan plan = one.plan();
    const auto& stages = plan.stages();
    REQUIRE(stages.size() == one.radices.size() + 1);
    REQUIRE(stages.back().nodes.size() == 1);
    REQUIRE(stages.back().rows == one.trials.size());
    for (std::size_t s = 0; s < stages.size(); ++s) {
      std::size_t channel = 0;
      std::size_t row = 0;
      std::size_t child = 0;
      std::size_t source = 0;
      std::int32_t longest = 0;
      std::vector<bool> used(s == 0 ? 0 : stages[s - 1].rows, false);
      for (const TreeNode& node : stages[s].nodes) {
        // Nodes follow each other without holes, in channels, rows, children and sources.
        REQUIRE(node.first_channel == channel);
        REQUIRE(node.first_row == row);
        REQUIRE(node.rows >= 1);
        if (s > 0) {
          REQUIRE(node.first_child == child);
          REQUIRE(node.first_source == source);
          REQUIRE(node.children >= 1);
          REQUIRE(node.children <= stages[s].radix);
          const TreeNode& first = stages[s - 1].nodes[node.first_child];
          const TreeNode& last = stages[s - 1].nodes[node.first_child + node.children - 1];
          REQUIRE(first.first_channel == node.first_channel);
          REQUIRE(last.first_channel + last.channels == node.first_channel + node.channels);
        }
        channel += node.channels;
        row += node.rows;
        child += node.children;
        for (std::size_t r = 0; r < node.rows; ++r) {
          for (std::size_t i = 0; i < node.children; ++i, ++source) {
            const TreeNode& from = stages[s - 1].nodes[node.first_child + i];
            const TreeSource& taken = stages[s].sources[source];
            REQUIRE(taken.row >= from.first_row);
            REQUIRE(taken.row < from.first_row + from.rows);
            REQUIRE(taken.lag >= 0);
            REQUIRE(taken.lag <= from.longest_lag);
            longest = std::max(longest, taken.lag);
            used[taken.row] = true;
            if (r > 0) {  // rows of a node ascend, and so do those they are made of
              REQUIRE(taken.row >= stages[s].sources[source - node.children].row);
            }
          }
        }
      }
      CHECK(channel == plan.channels());
      CHECK(row == stages[s].rows);
      CHECK(source == stages[s].sources.size());
      CHECK(longest == stages[s].longest_lag);
      CHECK(std::all_of(used.begin(), used.end(), [](bool u) { return u; }));
    }
    CHECK(stages[0].nodes.size() == plan.channels());
    CHECK(stages[0].rows == plan.channels());
  }
}

// A delay across a sub-band is made once, so there are no more rows than multiples of the step up
// to the largest; rounding on the way down moves that by half a step a stage at most, for sub-bands
// are no wider than those they are parts of.
TEST_CASE("rows that trials share are made once", "[engine][tree_plan][property]") {
  for (const Case& one : cases()) {
    INFO(one.name);
    const TreePlan plan = one.plan();
    const auto top = plan.stages().size() - 1;
    for (std::size_t s = 0; s < top; ++s) {
      for (const TreeNode& node : plan.stages()[s].nodes) {
        const double width =
            one.delays[node.first_channel + node.channels - 1] - one.delays[node.first_channel];
        const auto levels = static_cast<double>(top - s);
        const double first = one.trials.front() * width / one.delay_step - 0.5 * levels;
        const double last = one.trials.back() * width / one.delay_step + 0.5 * levels;
        REQUIRE(node.rows <= one.trials.size());
        REQUIRE(node.rows <= last - first + 1.0 + 1e-6);
      }
    }
  }
}

TEST_CASE("tracks follow the dispersion within what rounding may do",
          "[engine][tree_plan][property]") {
  for (const Case& one : cases()) {
    INFO(one.name);
    const TreePlan plan = one.plan();
    const double bound = longest_error(one.radices.size(), one.delay_step);
    double squares = 0.0;
    for (std::size_t k = 0; k < one.trials.size(); ++k) {
      const Track track = plan.track(k);
      REQUIRE(track.size() == plan.channels());
      double sum = 0.0;
      double own_squares = 0.0;
      for (std::size_t c = 0; c < track.size(); ++c) {
        const double wanted = one.trials[k] * (one.delays.back() - one.delays[c]);
        const double error = track[c] - wanted;
        sum += error;
        own_squares += error * error;
        REQUIRE(track[c] >= 0);
        REQUIRE(std::abs(error) <= bound + 1e-6);
      }
      const auto n = static_cast<double>(track.size());
      squares += own_squares / n;
      const double mean = sum / n + one.trials[k] * one.delays.back();
      CHECK(std::abs(plan.late(k) - mean) <= 0.5 + 1e-6);
    }
    // Lags of every stage are rounded to whole samples (variance 1/12); delays across the children
    // of all stages but the lowest to q samples, q^2/12 at the end of a line through their middle
    // channel: q^2/144 on average. Half as much again is for lags held at 0.
    const auto stages = static_cast<double>(one.radices.size());
    const double q = one.delay_step;
    CHECK(std::sqrt(squares / static_cast<double>(one.trials.size())) <=
          1.5 * std::sqrt(stages / 12.0 + (stages - 1.0) * q * q / 144.0) + 1e-6);
  }
}

TEST_CASE("delays across sub-bands are multiples of the step", "[engine][tree_plan][property]") {
  for (const Case& one : cases()) {
    INFO(one.name);
    const TreePlan plan = one.plan();
    // A node of channels alone takes its first one late by the delay across it, its last by 0.
    if (one.radices.size() < 2) continue;
    const TreeStage& stage = plan.stages()[1];
    for (const TreeNode& node : stage.nodes) {
      for (std::size_t r = 0; r < node.rows; ++r) {
        const TreeSource* sources = &stage.sources[node.first_source + r * node.children];
        REQUIRE(sources[0].lag % one.delay_step == 0);
        REQUIRE(sources[node.children - 1].lag == 0);
        if (r > 0) REQUIRE(sources[0].lag > (sources - node.children)[0].lag);
      }
    }
  }
}

TEST_CASE("what a trial sums does not depend on the others", "[engine][tree_plan][property]") {
  for (const Case& one : cases()) {
    INFO(one.name);
    const TreePlan plan = one.plan();
    std::vector<double> subset;
    std::vector<std::size_t> from;
    for (std::size_t k = 0; k < one.trials.size(); k += 1 + k % 4) {
      subset.push_back(one.trials[k]);
      from.push_back(k);
    }
    const TreePlan smaller{one.delays, subset, one.radices, one.delay_step};
    for (std::size_t k = 0; k < subset.size(); ++k) {
      REQUIRE(smaller.track(k) == plan.track(from[k]));
      REQUIRE(smaller.late(k) == plan.late(from[k]));
    }
  }
}

TEST_CASE("delays, trials and radices that make no tree are refused", "[engine][tree_plan]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  struct Row {
    Case given;
    const char* text;
  };
  const Row rows[] = {
      {{"no channel", {}, {0.0}, {2}}, "at least 1 channel"},
      {{"no trial", {0.0, 1.0}, {}, {2}}, "at least 1 trial"},
      {{"too many channels", std::vector<double>(65537, 0.0), {0.0}, {65537}}, "65537 channels"},
      {{"late first channel", {1.0, 2.0}, {0.0}, {2}}, "ascend from 0"},
      {{"falling delays", {0.0, 2.0, 1.0}, {0.0}, {3}}, "ascend from 0"},
      {{"no number", {0.0, nan, 1.0}, {0.0}, {3}}, "ascend from 0"},
      {{"no number at the end", {0.0, nan}, {0.0}, {3}}, "ascend from 0"},
      {{"negative trial", {0.0, 1.0}, {-1.0, 0.0}, {2}}, "trials must ascend"},
      {{"falling trials", {0.0, 1.0}, {1.0, 0.0}, {2}}, "trials must ascend"},
      {{"trial no number", {0.0, 1.0}, {0.0, nan}, {2}}, "trials must ascend"},
      {{"endless trial", {0.0, 1.0}, {0.0, infinity}, {2}}, "found a sweep of inf"},
      {{"a sweep beyond 32 bits", {0.0, 1e5}, {0.0, 1e5}, {2}}, "found a sweep of"},
      {{"no radices", {0.0, 1.0}, {0.0}, {}}, "radices span 0"},
      {{"too few radices", std::vector<double>(9, 0.0), {0.0}, {2, 4}}, "radices span 8 channels"},
      {{"radix 0", {0.0, 1.0}, {0.0}, {2, 0}}, "a radix is 0"},
      {{"step 0", {0.0, 1.0}, {0.0}, {2}, 0}, "delay_step is 0"},
  };
  for (const Row& row : rows) {
    INFO(row.given.name);
    CHECK_THROWS_AS(row.given.plan(), std::invalid_argument);
    CHECK_THROWS_WITH(row.given.plan(), ContainsSubstring(row.text));
  }
}

TEST_CASE("radices are those of the table and span every number of channels",
          "[engine][tree_plan]") {
  using Radices = std::vector<unsigned>;
  CHECK(tree_radices(1) == Radices{1});
  CHECK(tree_radices(32) == Radices{32});
  CHECK(tree_radices(33) == Radices{8, 8});
  CHECK(tree_radices(65) == Radices{8, 16});
  CHECK(tree_radices(1024) == Radices{8, 8, 16});
  CHECK(tree_radices(1025) == Radices{8, 16, 16});
  CHECK(tree_radices(4096) == Radices{8, 4, 8, 16});
  CHECK(tree_radices(16384) == Radices{8, 8, 8, 32});
  CHECK(tree_radices(65536) == Radices{8, 16, 16, 32});
  for (std::size_t channels = 1; channels <= 65536; channels += 1 + channels / 7) {
    std::size_t spanned = 1;
    for (const unsigned radix : tree_radices(channels)) spanned *= radix;
    CHECK(spanned >= channels);
    CHECK(spanned < 2 * channels);
  }
  CHECK_THROWS_AS(tree_radices(0), std::invalid_argument);
  CHECK_THROWS_WITH(tree_radices(65537), ContainsSubstring("found 65537 channels"));
}

}  // namespace draftstream
