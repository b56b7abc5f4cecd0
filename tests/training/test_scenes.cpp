// What scenes hold, and how often.
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/dispersion.hpp"
#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"
#include "training/scenes.hpp"

using namespace draftstream;

namespace {

constexpr std::uint64_t scenes = 2000;

// Counted in how many of the scenes, and over how many it was asked.
struct Share {
  double happened = 0.0;
  double asked = 0.0;

  void count(bool happens) {
    asked += 1.0;
    happened += happens ? 1.0 : 0.0;
  }
  // Within 4.5 standard errors of a binomial.
  [[nodiscard]] bool is(double expected) const {
    return std::abs(happened / asked - expected) <
           4.5 * std::sqrt(expected * (1.0 - expected) / asked);
  }
};

bool has(const SkyOptions& sky, InterferenceKind kind) {
  for (const Interference& interference : sky.interference) {
    if (interference.kind == kind) return true;
  }
  return false;
}

double sweep_s(const SkyOptions& sky, DispersionMeasure dm) {
  return dispersion_delay(dm, sky.band.bottom, sky.band.top).value();  // a channel's width more
}

}  // namespace

TEST_CASE("every choice of a scene is made at its rate", "[training][scenes][property]") {
  std::map<std::size_t, Share> channels{{128, {}}, {256, {}}, {336, {}}, {512, {}}, {1024, {}}};
  std::map<int, Share> bits{{1, {}}, {2, {}}, {4, {}}, {8, {}}, {32, {}}};
  std::map<ZeroDm, Share> filters{{ZeroDm::off, {}}, {ZeroDm::plain, {}}, {ZeroDm::zdot, {}}};
  std::array<Share, 4> kinds;  // how many, but for dead channels
  Share dead;
  Share whole_band;
  for (std::uint64_t seed = 0; seed < scenes; ++seed) {
    const Scene scene = draw_scene(seed);
    for (auto& [count, share] : channels) share.count(scene.sky.nchans == count);
    for (auto& [depth, share] : bits) share.count(scene.sky.nbits == depth);
    for (auto& [filter, share] : filters) share.count(scene.zero_dm == filter);
    const bool with_dead = has(scene.sky, InterferenceKind::dead);
    dead.count(with_dead);
    const std::size_t others = scene.sky.interference.size() - (with_dead ? 1 : 0);
    REQUIRE(others <= 3);
    for (std::size_t i = 0; i < 4; ++i) kinds[i].count(others == i);
    whole_band.count(std::find(scene_bands.begin(), scene_bands.end(), scene.sky.band) !=
                     scene_bands.end());
  }
  CHECK(channels[128].is(0.2));
  CHECK(channels[256].is(0.4));
  CHECK(channels[336].is(0.1));
  CHECK(channels[512].is(0.2));
  CHECK(channels[1024].is(0.1));
  CHECK(bits[1].is(0.08));
  CHECK(bits[2].is(0.17));
  CHECK(bits[4].is(0.1));
  CHECK(bits[8].is(0.5));
  CHECK(bits[32].is(0.15));
  CHECK(filters[ZeroDm::off].is(0.5));
  CHECK(filters[ZeroDm::plain].is(0.1));
  CHECK(filters[ZeroDm::zdot].is(0.4));
  CHECK(kinds[0].is(0.25));
  CHECK(kinds[1].is(0.75 * 0.5));
  CHECK(kinds[2].is(0.75 * 0.3));
  CHECK(kinds[3].is(0.75 * 0.2));
  CHECK(dead.is(0.5));
  CHECK(whole_band.is(0.7));
}

TEST_CASE("every kind of interference comes at its rate", "[training][scenes][property]") {
  // Of those that come first, where nothing was taken out of the table yet.
  std::map<InterferenceKind, Share> first;
  std::map<InterferenceKind, double> any;
  const std::map<InterferenceKind, double> expected{
      {InterferenceKind::narrowband, 0.15}, {InterferenceKind::impulses, 0.18},
      {InterferenceKind::radar, 0.10},      {InterferenceKind::chirps, 0.12},
      {InterferenceKind::perytons, 0.08},   {InterferenceKind::blips, 0.15},
      {InterferenceKind::red_noise, 0.06},  {InterferenceKind::gains, 0.08},
      {InterferenceKind::saturated, 0.02},  {InterferenceKind::dropouts, 0.06}};
  for (std::uint64_t seed = 0; seed < scenes; ++seed) {
    const auto list = draw_scene(seed, {0.0, 1.0, {}}).sky.interference;
    std::set<InterferenceKind> different;
    for (const Interference& interference : list) {
      CHECK_NOTHROW(check(interference));
      REQUIRE(different.insert(interference.kind).second);
      any[interference.kind] += 1.0;
    }
    for (const auto& [kind, share] : expected) first[kind].count(list.at(0).kind == kind);
  }
  for (const auto& [kind, share] : expected) {
    CAPTURE(name(kind), first[kind].happened);
    CHECK(first[kind].is(share));
    CHECK(any[kind] > 1.3 * first[kind].happened);  // 1.7 kinds a scene
  }
}

TEST_CASE("a scene keeps to its ranges", "[training][scenes][property]") {
  for (std::uint64_t seed = 0; seed < scenes; ++seed) {
    const Scene scene = draw_scene(seed);
    const SkyOptions& sky = scene.sky;
    CAPTURE(seed);
    REQUIRE(sky.tsamp.value() >= 64e-6);
    REQUIRE(sky.tsamp.value() <= 1.0241e-3);
    REQUIRE(sky.duration.value() > 0.99);
    REQUIRE(sky.duration.value() <= 8.0);
    REQUIRE(sky.duration / sky.tsamp * static_cast<double>(sky.nchans) <=
            static_cast<double>(most_scene_values) + 0.5);
    REQUIRE(sky.band.top.value() <= 2500.0);
    REQUIRE(sky.band.bottom.value() >= 400.0);
    REQUIRE(scene.dm_max.value() > 0.0);
    REQUIRE(scene.dm_max.value() <= 5000.0);
    for (const Burst& burst : sky.bursts) {
      CHECK_NOTHROW(check(burst));
      REQUIRE(burst.dm <= scene.dm_max);
      REQUIRE(burst.snr >= 5.0);
      REQUIRE(burst.snr <= 400.0);
      REQUIRE(burst.width / sky.tsamp >= 0.599);
      REQUIRE(burst.width / sky.tsamp <= 100.1);
      REQUIRE(burst.tau / sky.tsamp <= 60.1);
    }
  }
}

TEST_CASE("every property of a burst is drawn at its rate", "[training][scenes][property]") {
  Share none, two, bright, scattered, part, scintillating, several, drifting, slanted, low;
  double index = 0.0;
  for (std::uint64_t seed = 0; seed < scenes; ++seed) {
    const Scene scene = draw_scene(seed);
    const auto& bursts = scene.sky.bursts;
    none.count(bursts.empty());
    if (bursts.empty()) continue;
    two.count(bursts.size() == 2);
    const Burst& burst = bursts[0];
    bright.count(burst.snr > 50.0);
    scattered.count(burst.tau.value() > 0.0);
    part.count(burst.band.has_value() && burst.drift_mhz_ms == 0.0);
    scintillating.count(burst.scint_scale.value() > 0.0);
    several.count(burst.components > 1);
    drifting.count(burst.drift_mhz_ms > 0.0);
    slanted.count(burst.slant.value() > 0.0);
    // Half of a log-uniform range lies below the geometric mean of its ends.
    const double longest = sweep_s(scene.sky, scene.dm_max);
    low.count(sweep_s(scene.sky, burst.dm) <
              std::sqrt(std::min(30.0 * scene.sky.tsamp.value(), longest) * longest));
    index += burst.index;
  }
  CHECK(none.is(0.3));
  CHECK(two.is(0.08));
  CHECK(bright.is(0.07));
  CHECK(scattered.is(0.6));
  CHECK(part.is(0.4 * 0.94));
  CHECK(scintillating.is(0.5));
  CHECK(several.is(0.12));
  CHECK(drifting.is(0.06));
  CHECK(slanted.is(0.1));
  CHECK(low.is(0.5));
  CHECK(std::abs(index / none.asked) < 4.5 * 2.0 / std::sqrt(1400.0));
}

TEST_CASE("a scene can be made, and its sweeps lie inside", "[training][scenes][property]") {
  std::size_t whole = 0;
  std::size_t bursts = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Scene scene = draw_scene(seed);
    // Dropouts take what they take.
    std::erase_if(scene.sky.interference,
                  [](const Interference& one) { return one.kind == InterferenceKind::dropouts; });
    const Sky sky{scene.sky};
    REQUIRE(sky.truth().bursts.size() == scene.sky.bursts.size());
    REQUIRE(sky.truth().samples * scene.sky.nchans <= most_scene_values);
    for (const TrueBurst& burst : sky.truth().bursts) {
      REQUIRE(burst.frac_inside > 0.9);
      whole += burst.frac_inside > 0.999 ? 1 : 0;
      ++bursts;
    }
  }
  CHECK(static_cast<double>(whole) > 0.97 * static_cast<double>(bursts));
}

TEST_CASE("a scene is a function of its seed", "[training][scenes]") {
  const Scene a = draw_scene(42);
  const Scene b = draw_scene(42);
  CHECK(a.sky.seed == b.sky.seed);
  CHECK(a.sky.band == b.sky.band);
  CHECK(a.sky.tsamp == b.sky.tsamp);
  CHECK(a.sky.bursts == b.sky.bursts);
  CHECK(a.sky.interference == b.sky.interference);
  CHECK(a.zero_dm == b.zero_dm);
  std::set<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < scenes; ++seed) seeds.insert(draw_scene(seed).sky.seed);
  CHECK(seeds.size() == scenes);
}

TEST_CASE("a recipe decides what is drawn", "[training][scenes]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Scene empty = draw_scene(seed, {0.0, 0.0, {}});
    CHECK(empty.sky.bursts.empty());
    CHECK(empty.sky.interference.size() == (has(empty.sky, InterferenceKind::dead) ? 1 : 0));
    const Scene full = draw_scene(seed, {1.0, 1.0, 12.5});
    REQUIRE_FALSE(full.sky.bursts.empty());
    for (const Burst& burst : full.sky.bursts) CHECK(burst.snr == 12.5);
    CHECK_FALSE(full.sky.interference.empty());
  }
  CHECK_THROWS_WITH(draw_scene(1, {1.5, 0.0, {}}),
                    ContainsSubstring("part with bursts: found 1.5, expected 0 to 1"));
  CHECK_THROWS_WITH(draw_scene(1, {0.5, -1.0, {}}),
                    ContainsSubstring("part with interference: found -1"));
  CHECK_THROWS_WITH(draw_scene(1, {0.5, 0.5, 0.0}), ContainsSubstring("S/N: found 0"));
}
