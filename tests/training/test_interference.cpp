// What a user may ask for, and what each kind does to the sky.
#include <cmath>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"
#include "tests/training/spoilt_sky.hpp"
#include "training/event_schedule.hpp"

using namespace draftstream;
using namespace draftstream::test;

TEST_CASE("a list of interference is read", "[training][interference]") {
  CHECK(parse_interference("").empty());
  CHECK(parse_interference("none").empty());
  const auto list = parse_interference("narrowband:0.3,radar,impulses:100");
  REQUIRE(list.size() == 3);
  CHECK(list[0] == Interference{InterferenceKind::narrowband, 0.3});
  CHECK(list[1] == Interference{InterferenceKind::radar, default_amount(InterferenceKind::radar)});
  CHECK(list[2] == Interference{InterferenceKind::impulses, 100.0});
  CHECK(parse_interference("storm").size() == 7);
  CHECK(parse_interference("storm,chirps,perytons,blips,red-noise").size() == 11);
}

TEST_CASE("a bad list of interference names its item", "[training][interference]") {
  struct Row {
    std::string text;
    std::string message;
  };
  const auto row = GENERATE(values<Row>({
      {"narowband", "found 'narowband', expected narrowband, impulses, radar"},
      {"radar,", "found '', expected narrowband"},
      {",radar", "found '', expected narrowband"},
      {"radar,radar:2", "found 'radar' twice"},
      {"storm,gains", "found 'gains' twice"},
      {"none,gains", "found 'none', expected"},
      {"radar:", "radar: found '', expected a number"},
      {"radar:x", "radar: found 'x', expected a number"},
      {"radar:0", "radar: found 0, expected 0.001 to"},
      {"impulses:0", "impulses: found 0, expected"},
      {"narrowband:1.1", "narrowband: found 1.1, expected 0 to 1"},
      {"dead:-0.1", "dead: found -0.1, expected 0 to 1"},
      {"dropouts:nan", "dropouts: found 'nan', expected a number"},
      {"chirps:0", "chirps: found 0, expected 1e-06 to 100"},
      {"perytons:101", "perytons: found 101, expected 1e-06 to 100"},
      {"blips:-1", "blips: found -1, expected 1e-06 to 10000"},
      {"red-noise:-0.1", "red-noise: found -0.1, expected 0 to 100"},
      {"red_noise", "found 'red_noise', expected narrowband"},
      {"storm:3", "found 'storm:3', expected"},
  }));
  INFO(row.text);
  CHECK_THROWS_WITH(parse_interference(row.text), ContainsSubstring(row.message));
  CHECK_THROWS_AS(parse_interference(row.text), ConfigError);
}

TEST_CASE("a schedule keeps its rate and does not depend on how it is asked",
          "[training][interference][property]") {
  const double rate = GENERATE(0.03, 0.5, 1.0, 7.3, 200.0);
  const TimeAxis time{UtcInstant{}, Seconds{1e-3}};
  const EventSchedule schedule{time,           rate, Seconds{1e-3},
                               Seconds{20e-3}, 5,    RandomStream::impulses};
  constexpr std::uint64_t end = 1'000'000;  // 1000 s
  const auto all = schedule.beginning_in(0, end);
  CHECK(std::abs(static_cast<double>(all.size()) - 1000.0 * rate) < 2.0 + 4.0 * std::sqrt(1000.0));

  std::size_t pieces = 0;
  for (std::uint64_t first = 0; first < end; first += 7777) {
    const auto piece = schedule.beginning_in(first, std::min(first + 7777, end));
    for (const SkyEvent& event : piece) {
      REQUIRE(event.first == all[pieces].first);
      REQUIRE(event.samples == all[pieces].samples);
      REQUIRE(event.size == all[pieces].size);
      ++pieces;
    }
  }
  CHECK(pieces == all.size());

  std::vector<bool> covered(end + 100, false);
  for (const SkyEvent& event : all) {
    for (std::uint64_t t = event.first; t < event.end(); ++t) covered[t] = true;
  }
  const auto count = schedule.count(end);
  CHECK(count.events == all.size());
  CHECK(count.samples ==
        static_cast<std::uint64_t>(std::count(covered.begin(), covered.begin() + end, true)));
  for (std::uint64_t first = 50'000; first < 60'000; first += 13) {
    const bool any = std::find(covered.begin() + static_cast<std::ptrdiff_t>(first),
                               covered.begin() + static_cast<std::ptrdiff_t>(first + 13),
                               true) != covered.begin() + static_cast<std::ptrdiff_t>(first + 13);
    CHECK(schedule.covering(first, first + 13).empty() == !any);
  }
}

TEST_CASE("carriers stay in their channels, half of them always on",
          "[training][interference][narrowband]") {
  const Spoilt sky = spoil(InterferenceKind::narrowband, 0.1);
  REQUIRE(sky.truth.channels.size() == 20);
  const auto found = touched_channels(sky.added, 0.0F);
  CHECK(std::vector<std::size_t>(found.begin(), found.end()) == sky.truth.channels);
  std::size_t always = 0;
  for (const std::size_t c : sky.truth.channels) {
    std::size_t on = 0;
    for (std::size_t t = 0; t < samples; ++t) on += sky.added[t * channels + c] != 0.0F ? 1 : 0;
    if (on == samples) {
      ++always;
    } else {
      // 500 draws of 0.4
      CHECK(std::abs(static_cast<double>(on) / samples - 0.4) < 4.5 * std::sqrt(0.24 / 500.0));
    }
  }
  CHECK(always == 10);
}

TEST_CASE("impulses fill all channels of a spectrum", "[training][interference][impulses]") {
  const Spoilt sky = spoil(InterferenceKind::impulses, 3.0);
  CHECK(std::abs(static_cast<double>(sky.truth.events) - 300.0) < 4.0);
  CHECK(touched(sky.added, 0.0F) == sky.truth.samples);
  CHECK(touched_channels(sky.added, 0.0F).size() == channels);
  CHECK(touched(sky.stored, 1.0F) == 0);
}

TEST_CASE("radar keeps its period and its band", "[training][interference][radar]") {
  const Spoilt sky = spoil(InterferenceKind::radar, 0.1234);
  CHECK(sky.truth.channels.size() == 12);  // 6 % of 200
  const auto found = touched_channels(sky.added, 0.0F);
  CHECK(std::vector<std::size_t>(found.begin(), found.end()) == sky.truth.channels);
  CHECK(touched(sky.added, 0.0F) == sky.truth.samples);
  CHECK(std::abs(static_cast<double>(sky.truth.events) - 100.0 / 0.1234) <= 1.0);
  // Beginnings are a period apart, to a sample.
  const std::size_t c = sky.truth.channels.front();
  std::vector<std::size_t> begins;
  for (std::size_t t = 1; t < samples; ++t) {
    if (sky.added[t * channels + c] != 0.0F && sky.added[(t - 1) * channels + c] == 0.0F) {
      begins.push_back(t);
    }
  }
  for (std::size_t i = 0; i < begins.size(); ++i) {
    const double expected = static_cast<double>(begins[0]) + 123.4 * static_cast<double>(i);
    REQUIRE(std::abs(static_cast<double>(begins[i]) - expected) <= 1.0);
  }
}

TEST_CASE("a radar looks this way once in a short recording", "[training][interference][radar]") {
  Observation sky = observation();
  sky.samples = 2000;  // 2 s, of turns of 10 s
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const auto source = make_interference({InterferenceKind::radar, 0.05}, sky, seed);
    std::vector<float> values(2000 * channels, 0.0F);
    source->add({0, 2000, channels, values});
    CAPTURE(seed);
    CHECK(*std::max_element(values.begin(), values.end()) > 5.5F);  // of 6 sigma
  }
}

TEST_CASE("a radar too fast for the samples is refused", "[training][interference][radar]") {
  CHECK_THROWS_WITH(spoil(InterferenceKind::radar, 2e-3),
                    ContainsSubstring("radar: found 0.002 s, expected at least 0.004"));
}

TEST_CASE("dropouts are whole spectra of zeros", "[training][interference][dropouts]") {
  const Spoilt sky = spoil(InterferenceKind::dropouts, 0.5);
  CHECK(sky.truth.events == 50);
  std::size_t zeros = 0;
  for (std::size_t t = 0; t < samples; ++t) {
    const auto begin = sky.stored.begin() + static_cast<std::ptrdiff_t>(t * channels);
    const auto count = std::count(begin, begin + channels, 0.0F);
    REQUIRE((count == 0 || count == channels));
    zeros += count == 0 ? 0 : 1;
  }
  CHECK(zeros == sky.truth.samples);
}

TEST_CASE("gain steps hold until the next", "[training][interference][gains]") {
  const Spoilt sky = spoil(InterferenceKind::gains, 0.2);
  CHECK(sky.truth.events == 20);
  std::size_t steps = 0;
  float before = 1.0F;
  for (std::size_t t = 0; t < samples; ++t) {
    const float gain = sky.stored[t * channels];
    REQUIRE(gain >= 0.799F);
    REQUIRE(gain <= 1.251F);
    for (std::size_t c = 1; c < channels; ++c) REQUIRE(sky.stored[t * channels + c] == gain);
    steps += gain != before ? 1 : 0;
    before = gain;
  }
  CHECK(steps == 20);
}

TEST_CASE("stuck channels hold one value", "[training][interference]") {
  const Spoilt dead = spoil(InterferenceKind::dead, 0.05);
  REQUIRE(dead.truth.channels.size() == 10);
  const Spoilt saturated = spoil(InterferenceKind::saturated, 0.001);
  REQUIRE(saturated.truth.channels.size() == 1);  // some, if any are asked for
  for (std::size_t t = 0; t < samples; t += 999) {
    for (const std::size_t c : dead.truth.channels) REQUIRE(dead.stored[t * channels + c] == 0.0F);
    REQUIRE(saturated.stored[t * channels + saturated.truth.channels[0]] == 255.0F);
  }
  CHECK(touched_channels(dead.stored, 1.0F).size() == 10);
  CHECK(spoil(InterferenceKind::dead, 0.0).truth.channels.empty());
}

TEST_CASE("interference does not depend on the blocks it is asked in",
          "[training][interference][property]") {
  const auto kind =
      GENERATE(InterferenceKind::impulses, InterferenceKind::radar, InterferenceKind::gains,
               InterferenceKind::chirps, InterferenceKind::perytons, InterferenceKind::blips,
               InterferenceKind::red_noise, InterferenceKind::dead, InterferenceKind::saturated,
               InterferenceKind::dropouts);
  CAPTURE(name(kind));
  const Spoilt a = spoil(kind, default_amount(kind), 1024);
  const Spoilt b = spoil(kind, default_amount(kind), 777);
  CHECK(a.added == b.added);
  CHECK(a.stored == b.stored);
}
