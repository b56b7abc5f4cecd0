// Which detections one pulse explains, within a tile, across tiles, and in a storm.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/cluster.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {
namespace {

const FrequencyAxis axis{Megahertz{1500.0}, Megahertz{-4.0}, 64};

DmPlan make_plan() {
  return {axis, Seconds{1e-3}, {DispersionMeasure{0.0}, DispersionMeasure{500.0}}};
}

std::uint32_t trial_at(const DmPlan& plan, double dm) {
  std::uint32_t best = 0;
  for (std::uint32_t i = 0; i < plan.trials(); ++i) {
    if (std::abs(plan.trial(i).value() - dm) < std::abs(plan.trial(best).value() - dm)) best = i;
  }
  return best;
}

/// What a pulse looks like at all trials where it is above 6: a box as wide as its sweep is left
/// smeared, early at higher DMs.
std::vector<Detection> seen(const DmPlan& plan, std::uint32_t trial, std::uint64_t first,
                            std::uint32_t width, double snr) {
  std::vector<Detection> all;
  for (std::uint32_t i = 0; i < plan.trials(); ++i) {
    const double smear = plan.sweep_samples(plan.trial(i) - plan.trial(trial));
    const double wide = std::min(512.0, std::max<double>(width, std::abs(smear)));
    const double left = snr * std::sqrt(width / std::hypot(width, smear));
    if (left < 6.0) continue;
    const double begin = static_cast<double>(first) - std::max(0.0, smear);
    all.push_back({left, i, static_cast<std::uint32_t>(wide),
                   static_cast<std::uint64_t>(std::max(0.0, begin)), 1.0, 1});
  }
  return all;
}

std::vector<Detection> both(std::vector<Detection> a, const std::vector<Detection>& b) {
  a.insert(a.end(), b.begin(), b.end());
  std::stable_sort(a.begin(), a.end(), [](const Detection& x, const Detection& y) {
    return x.trial != y.trial ? x.trial < y.trial : x.first < y.first;
  });
  return a;
}

/// Peaks as they become final, with their members.
class Takings {
 public:
  Takings(const DmPlan& plan, std::size_t most_detections = 4096, std::size_t most_peaks = 100)
      : clusters{plan, most_detections}, most_peaks_{most_peaks} {}

  void take(std::vector<Detection> detections) {
    const std::vector<Detection> pending = fresh_;
    const auto finals = clusters.take(std::move(detections), most_peaks_,
                                      [this](std::span<const Detection> seen_now) {
                                        fresh_.assign(seen_now.begin(), seen_now.end());
                                      });
    for (const auto& one : finals) {
      peaks.push_back(pending.at(one.peak));
      peaks.back().members = one.members;
    }
  }

  Clusters clusters;
  std::vector<Detection> peaks;

 private:
  std::size_t most_peaks_;
  std::vector<Detection> fresh_;
};

}  // namespace

TEST_CASE("a pulse explains what lies in its bow tie, and no more", "[engine][cluster]") {
  const DmPlan plan = make_plan();
  const Clusters clusters{plan, 100};
  const std::uint32_t own = trial_at(plan, 200.0);
  const std::uint32_t higher = trial_at(plan, 300.0);
  const std::uint32_t lower = trial_at(plan, 100.0);
  const Detection bright{50.0, own, 8, 10000, 1.0, 1};
  // Swept over 8 + 4 * 36 = 146 ms: S/N 50 * sqrt(8 / hypot(8, 146 / 4)), about 23, and 3 more.
  const double smear = plan.sweep_samples(plan.trial(higher) - plan.trial(own));
  const auto reach = static_cast<std::uint64_t>(smear);
  REQUIRE(smear > 50.0);
  struct Row {
    const char* name;
    Detection faint;
    bool explained;
  };
  const Row rows[] = {
      {"at its own place", {20.0, own, 8, 10002, 1.0, 1}, true},
      {"beside it", {20.0, own, 8, 10015, 1.0, 1}, true},
      {"farther than both half widths", {20.0, own, 8, 10016, 1.0, 1}, false},
      {"before it", {20.0, own, 8, 9985, 1.0, 1}, true},
      {"long before it", {20.0, own, 8, 9984, 1.0, 1}, false},
      {"early at a higher DM", {15.0, higher, 8, 10000 - reach, 1.0, 1}, true},
      {"late at a higher DM", {15.0, higher, 8, 10000 + reach, 1.0, 1}, false},
      {"late at a lower DM", {15.0, lower, 8, 10000 + reach, 1.0, 1}, true},
      {"early at a lower DM", {15.0, lower, 8, 10000 - reach, 1.0, 1}, false},
      {"too bright for so far away", {40.0, higher, 8, 10000 - reach, 1.0, 1}, false},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(explains(plan, bright, row.faint) == row.explained);
  }
}

TEST_CASE("one pulse at many trials is one", "[engine][cluster]") {
  const DmPlan plan = make_plan();
  for (const double dm : {0.0, 50.0, 200.0, 500.0}) {
    for (const double snr : {8.0, 30.0, 200.0}) {
      INFO("DM " << dm << ", S/N " << snr);
      Takings takings{plan};
      const std::uint32_t own = trial_at(plan, dm);
      const auto all = seen(plan, own, 20000, 4, snr);
      takings.take(all);
      CHECK(takings.peaks.empty());  // the next tile may explain it
      takings.take({});
      REQUIRE(takings.peaks.size() == 1);
      CHECK(takings.peaks[0].trial == own);
      CHECK(takings.peaks[0].members == all.size());
      takings.take({});
      CHECK(takings.peaks.size() == 1);
    }
  }
}

TEST_CASE("two pulses are two", "[engine][cluster]") {
  const DmPlan plan = make_plan();
  struct Row {
    const char* name;
    double dm_a;
    std::uint64_t first_a;
    double snr_a;
    double dm_b;
    std::uint64_t first_b;
    double snr_b;
  };
  const Row rows[] = {
      {"same DM, apart in time", 200, 20000, 30, 200, 22000, 20},
      {"same DM, a bright one close by", 200, 20000, 100, 200, 20100, 12},
      {"same time, other DM", 100, 20000, 30, 400, 20000, 25},
      {"crossing in the lower half of the band", 100, 20100, 40, 300, 20000, 40},
      {"equal in all but time", 200, 20000, 30, 200, 20500, 30},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    Takings takings{plan};
    const auto a = seen(plan, trial_at(plan, row.dm_a), row.first_a, 4, row.snr_a);
    const auto b = seen(plan, trial_at(plan, row.dm_b), row.first_b, 4, row.snr_b);
    takings.take(both(a, b));
    takings.take({});
    REQUIRE(takings.peaks.size() == 2);
    std::uint32_t members = 0;
    for (const Detection& peak : takings.peaks) members += peak.members;
    CHECK(members == a.size() + b.size());
  }
}

// One pulse whose detections are shared out to two tiles in every way.
TEST_CASE("a pulse across tiles is one, counted once", "[engine][cluster][property]") {
  const DmPlan plan = make_plan();
  const std::uint32_t own = trial_at(plan, 200.0);
  const auto all = seen(plan, own, 20000, 4, 60.0);
  for (std::uint64_t edge = 19000; edge < 21500; edge += 50) {
    std::vector<Detection> tiles[2];
    for (const Detection& one : all) tiles[one.end() <= edge ? 0 : 1].push_back(one);
    Takings takings{plan};
    takings.take(tiles[0]);
    takings.take(tiles[1]);
    takings.take({});
    INFO("edge at " << edge);
    REQUIRE(takings.peaks.size() == 1);
    CHECK(takings.peaks[0].trial == own);
    CHECK(takings.peaks[0].members == all.size());
  }
}

// Bright enough to be seen at far trials two tiles later.
TEST_CASE("a bright pulse explains what older tiles saw of it later", "[engine][cluster]") {
  const DmPlan plan = make_plan();
  const std::uint32_t own = trial_at(plan, 400.0);
  const auto all = seen(plan, own, 20000, 4, 400.0);
  std::vector<Detection> tiles[4];  // edges every 150 samples
  for (const Detection& one : all) {
    const std::uint64_t tile = one.end() < 20010 ? 0 : 1 + (one.end() - 20010) / 150;
    tiles[std::min<std::uint64_t>(tile, 3)].push_back(one);
  }
  REQUIRE(!tiles[3].empty());
  Takings takings{plan};
  for (const auto& tile : tiles) takings.take(tile);
  takings.take({});
  CHECK(takings.peaks.size() == 1);
}

TEST_CASE("a storm is bounded by rank, and counted", "[engine][cluster]") {
  const DmPlan plan = make_plan();
  std::vector<Detection> storm;
  for (std::uint32_t i = 0; i < 300; ++i) {
    // Far apart in time, so that none explains another.
    storm.push_back({10.0 + 0.01 * ((i * 7) % 300), 0, 1, 1000 + 100 * std::uint64_t{i}, 1.0, 1});
  }
  Takings takings{plan, 200, 50};
  takings.take(storm);
  takings.take({});
  CHECK(takings.peaks.size() == 50);
  CHECK(takings.clusters.detections_dropped() == 100);
  CHECK(takings.clusters.peaks_dropped() == 150);
  for (const Detection& peak : takings.peaks) CHECK(peak.snr > 10.0 + 0.01 * 249.5);
}

TEST_CASE("a storm of detections keeps memory and time within bounds", "[engine][cluster]") {
  const DmPlan plan = make_plan();
  std::vector<Detection> storm;
  for (std::uint32_t trial = 0; trial < plan.trials(); ++trial) {
    for (std::uint64_t t = 0; t < 256; ++t) {
      const double snr = 7.0 + 5.0 * test::uniform(trial, t);
      storm.push_back({snr, trial, 1, 30 * t, 1.0, 1});
    }
  }
  Takings takings{plan, 1000, 20};
  for (int tile = 0; tile < 5; ++tile) takings.take(storm);
  takings.take({});
  CHECK(takings.peaks.size() <= 100);
  CHECK(takings.clusters.peaks_dropped() > 0);
}

}  // namespace draftstream
