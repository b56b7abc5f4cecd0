// A level that wanders: told from noise, followed, and of no effect on pulses.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <vector>

#include "engine/band_level.hpp"
#include "tests/engine/search_run.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using test::gaussian;

namespace {

constexpr std::size_t block = 8192;

std::vector<float> noise(std::uint64_t seed, float sigma = 1.0F) {
  std::vector<float> series(block);
  for (std::size_t t = 0; t < block; ++t) series[t] = sigma * gaussian(seed, t);
  return series;
}

void add_step(std::vector<float>& series, std::size_t from, float height) {
  for (std::size_t t = from; t < series.size(); ++t) series[t] += height;
}

const std::vector<std::uint8_t> all_valid(block, 255);

}  // namespace

TEST_CASE("noise does not wander, and steps do", "[engine][band_level]") {
  BandLevel level;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    auto series = noise(seed, 0.03F);
    CAPTURE(seed);
    CHECK_FALSE(level.wanders(series, all_valid));
    add_step(series, 300 + 37 * seed, 0.03F);
    CHECK(level.wanders(series, all_valid));
  }
}

TEST_CASE("a pulse is no level", "[engine][band_level]") {
  BandLevel level;
  auto series = noise(1);
  for (std::size_t t = 3000; t < 3500; ++t) series[t] += 50.0F;
  CHECK_FALSE(level.wanders(series, all_valid));
}

TEST_CASE("a level that comes back is one if it lasts", "[engine][band_level]") {
  BandLevel level;
  const auto raised = [](std::size_t stretches) {
    auto series = noise(4);
    add_step(series, 2048, 3.0F);
    add_step(series, 2048 + 512 * stretches, -3.0F);
    return series;
  };
  CHECK_FALSE(level.wanders(raised(2), all_valid));
  CHECK(level.wanders(raised(3), all_valid));
}

TEST_CASE("a faint step is followed without delay", "[engine][band_level]") {
  BandLevel level;
  auto series = noise(5);
  add_step(series, 4000, 0.6F);
  level.keep(series, all_valid);
  CHECK(series[4100] - series[3900] > 0.4F);
}

TEST_CASE("what is not valid is no level", "[engine][band_level]") {
  BandLevel level;
  auto series = noise(1);
  std::vector<std::uint8_t> valid = all_valid;
  for (std::size_t t = 3000; t < 5000; ++t) {
    series[t] = 100.0F;
    valid[t] = 0;
  }
  CHECK_FALSE(level.wanders(series, valid));
  CHECK_FALSE(level.wanders(series, std::vector<std::uint8_t>(block, 0)));
}

TEST_CASE("between steps the level is the median of a window around each sample",
          "[engine][band_level]") {
  BandLevel level;
  auto series = noise(2, 0.5F);
  for (std::size_t t = 0; t < block; ++t) {
    series[t] += 0.05F * std::sin(static_cast<float>(t) / 2000.0F);
  }
  add_step(series, 2500, 8.0F);
  add_step(series, 5200, -3.0F);
  std::vector<std::uint8_t> valid = all_valid;
  for (std::size_t t = 4000; t < 4300; ++t) valid[t] = 0;
  auto slow = series;
  REQUIRE(level.wanders(series, valid));
  level.keep(slow, valid);
  const std::size_t edges[] = {0, 2500, 5200, block};
  for (std::size_t part = 0; part + 1 < std::size(edges); ++part) {
    std::vector<float> kept;
    std::vector<float> found;
    for (std::size_t t = edges[part]; t < edges[part + 1]; ++t) {
      if (valid[t] != 0) kept.push_back(series[t]);
      if (valid[t] != 0) found.push_back(slow[t]);
    }
    for (std::size_t k = 0; k < kept.size(); k += 97) {
      const std::size_t centre = std::clamp<std::size_t>(k, 512, kept.size() - 513);
      const std::size_t half = std::min({std::size_t{1024}, centre, kept.size() - 1 - centre});
      std::vector<float> window(kept.begin() + static_cast<std::ptrdiff_t>(centre - half),
                                kept.begin() + static_cast<std::ptrdiff_t>(centre + half + 1));
      std::sort(window.begin(), window.end());
      CAPTURE(part, k);
      CHECK(std::abs(found[k] - window[half]) < 0.5F / 64.0F);
    }
  }
  for (std::size_t t = 4000; t < 4300; ++t) CHECK(slow[t] == series[t]);
}

TEST_CASE("of few valid samples there is no level", "[engine][band_level]") {
  BandLevel level;
  auto series = noise(3);
  std::vector<std::uint8_t> valid(block, 0);
  for (const std::size_t t : {5U, 900U, 8000U}) valid[t] = 255;
  level.keep(series, valid);
  for (const std::size_t t : {5U, 900U, 8000U}) CHECK(series[t] == 0.0F);
}

TEST_CASE("pulses are found beside steps of the gain as without them",
          "[engine][band_level][property][statistics]") {
  const auto kind = GENERATE(EngineKind::tree, EngineKind::direct);
  const auto bits = GENERATE(8, 32);
  const auto zero_dm = GENERATE(ZeroDm::off, ZeroDm::zdot);
  const test::Band band{1500.0, -2.0, 128, 1e-3};
  test::Sky sky{band, 32'000, 17};
  std::vector<test::Pulse> pulses;
  for (double middle = 700.0; middle < 30'000.0; middle += 2000.0) {
    pulses.push_back({200.0, middle, 8.0, 15.0});
    sky.add(pulses.back());
  }
  // Levels are ten times the noise; the gain steps by up to a quarter, every 3.7 s.
  SampleFormat format = float_samples;
  if (bits == 8) format = SampleFormat{8, false, false};
  test::Sky stepped = sky;
  for (std::size_t t = 0; t < sky.samples; ++t) {
    const double gain = std::pow(1.25, 2.0 * test::uniform(5, t / 3700) - 1.0);
    for (std::size_t c = 0; c < band.channels; ++c) {
      const double level = 10.0 * (1.0 + 0.3 * test::uniform(6, c));
      sky.at(t, c) = static_cast<float>(10.0 * (level + static_cast<double>(sky.at(t, c))));
      stepped.at(t, c) = static_cast<float>(gain * static_cast<double>(sky.at(t, c)));
    }
  }
  SearchConfig config;
  config.engine = kind;
  config.dm_min = DispersionMeasure{190.0};
  config.dm_max = DispersionMeasure{210.0};
  config.condition.zero_dm = zero_dm;
  const auto run = [&](const test::Sky& one) {
    return test::run_search(one.observation(format), one.stored(format), config);
  };
  const auto steady = run(sky);
  const auto jumping = run(stepped);
  std::size_t found = 0;
  double ratio = 0.0;
  for (const test::Pulse& pulse : pulses) {
    const Candidate* const here = steady.near(pulse.middle, pulse.dm);
    const Candidate* const there = jumping.near(pulse.middle, pulse.dm);
    REQUIRE(here != nullptr);
    if (there == nullptr) continue;
    ++found;
    ratio += there->snr / here->snr;
  }
  CAPTURE(bits, static_cast<int>(zero_dm), found, pulses.size(), jumping.candidates.size());
  CHECK(found + 2 >= pulses.size());  // some lie at a step
  CHECK(ratio / static_cast<double>(found) > 0.85);
  CHECK(jumping.candidates.size() <= pulses.size() + 5);
}
