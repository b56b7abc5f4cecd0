// Bursts at the edges of tiles, blocks, gaps and the observation: each found once.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tests/engine/search_run.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::Profile;
using test::Sky;
using test::small_blocks;

const test::Band band{1500.0, -4.0, 64, 0.5e-3};

double middle_of(const Candidate& candidate) {
  return static_cast<double>(candidate.first_sample) + 0.5 * candidate.boxcar_samples;
}

}  // namespace

TEST_CASE("a burst at any place around a tile's edge is found once",
          "[engine][search][property][arithmetic]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  const Sky noise{band, 3000, 31};
  for (const double dm : {12.0, 100.0}) {
    for (double middle = 1024.0 - 45.0; middle < 1024.0 + 45.0; middle += 3.0) {
      Sky sky = noise;
      sky.add({dm, middle, 8.0, 20.0, Profile::top_hat});
      const auto run = test::run_search(sky, small_blocks(engine));
      INFO("DM " << dm << ", middle " << middle);
      REQUIRE(run.candidates.size() == 1);
      CHECK(std::abs(middle_of(run.candidates[0]) - middle) < 6.0);
      CHECK(std::abs(run.candidates[0].dm.value() - dm) < 10.0);
      // At DM 12 the pulse crosses the band in 20 samples: filters of what is undispersed tell.
      CHECK(run.candidates[0].snr > (dm < 20.0 ? 11.5 : 13.5));
    }
  }
}

TEST_CASE("bright bursts at an edge do not split", "[engine][search][property][arithmetic]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  const Sky noise{band, 5000, 32};
  for (double middle = 2048.0 - 30.0; middle < 2048.0 + 30.0; middle += 7.0) {
    Sky sky = noise;
    sky.add({100.0, middle, 4.0, 150.0, Profile::gaussian});
    const auto run = test::run_search(sky, small_blocks(engine));
    INFO("middle " << middle);
    REQUIRE(run.candidates.size() == 1);
    CHECK(std::abs(middle_of(run.candidates[0]) - middle) < 3.0);
  }
}

// The tree looks at these DMs at samples 32 times as long, and so at its boxes much later.
TEST_CASE("a wide burst at high DM is found wherever it lies in a tile",
          "[engine][search][arithmetic]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  Sky sky{band, 90000, 35};
  std::vector<double> middles;
  for (double middle = 2000.0; middle < 84000.0; middle += 2900.0) middles.push_back(middle);
  for (const double middle : middles) sky.add({1500.0, middle, 40.0, 30.0, Profile::gaussian});
  SearchConfig config;
  config.engine = engine;
  config.dm_min = DispersionMeasure{1300.0};
  config.dm_max = DispersionMeasure{1800.0};
  config.octave_shift = 0;
  const auto run = test::run_search(sky, config);
  for (const double middle : middles) {
    INFO("middle " << middle);
    CHECK(run.near(middle, 1500.0, 40.0) != nullptr);
  }
}

TEST_CASE("bursts at the first and the last samples are found", "[engine][search]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  struct Row {
    const char* name;
    double dm;
    double middle;
  };
  const std::size_t samples = 4000;
  const Row rows[] = {
      {"in the first samples", 50.0, 4.0},
      {"in the last samples", 0.0, 3996.0},
      {"the sweep just ends", 100.0, 4000.0 - 4.0 - band.sweep(100.0)},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    Sky sky{band, samples, 33};
    sky.add({row.dm, row.middle, 8.0, 25.0, Profile::top_hat});
    SearchConfig config = small_blocks(engine);
    if (row.dm == 0.0) {
      config.condition.zero_dm = ZeroDm::off;
      config.condition.impulse_sigma = 0.0;
    }
    const auto run = test::run_search(sky, config);
    REQUIRE(run.candidates.size() == 1);
    CHECK(std::abs(middle_of(run.candidates[0]) - row.middle) < 4.0);
    CHECK(run.candidates[0].snr > 19.0);
  }
}

// The upper part of the band arrives before the recording ends, the rest never.
TEST_CASE("a sweep past the end is found by what there is of it", "[engine][search]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  const double sweep = band.sweep(140.0);
  Sky sky{band, 4000, 34};
  sky.add({140.0, 4000.0 - 0.75 * sweep, 6.0, 40.0, Profile::top_hat});
  const auto run = test::run_search(sky, small_blocks(engine));
  REQUIRE(run.candidates.size() == 1);
  const Candidate& found = run.candidates[0];
  CHECK(found.gap_within_event);
  CHECK(found.frac_missing > 0.1);
  CHECK(found.frac_missing < 0.5);
  CHECK(found.snr > 40.0 * std::sqrt(0.6));
  CHECK(std::abs(middle_of(found) - (4000.0 - 0.75 * sweep)) < 5.0);
}

TEST_CASE("a gap in the sweep is told of, and lowers only what it took", "[engine][search]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  const double sweep = band.sweep(140.0);
  Sky sky{band, 5000, 35};
  const test::Pulse pulse{140.0, 2500.0, 6.0, 40.0, Profile::top_hat};
  sky.add(pulse);
  const auto whole = test::run_search(sky, small_blocks(engine));
  REQUIRE(whole.candidates.size() == 1);
  CHECK(!whole.candidates[0].gap_within_event);
  CHECK(whole.candidates[0].frac_missing == 0.0);

  // A quarter of the sweep.
  const auto first = static_cast<std::uint64_t>(2500.0 + 0.3 * sweep);
  const std::vector<Gap> gaps{{first, static_cast<std::uint64_t>(0.25 * sweep), Fate::missing}};
  const auto run = test::run_search(sky.observation(), sky.stored(), small_blocks(engine), gaps);
  REQUIRE(run.candidates.size() == 1);
  const Candidate& found = run.candidates[0];
  CHECK(found.gap_within_event);
  CHECK(found.frac_missing > 0.1);
  CHECK(found.frac_missing < 0.4);
  CHECK(std::abs(found.snr / whole.candidates[0].snr - std::sqrt(1.0 - found.frac_missing)) < 0.06);
  CHECK(run.counts.ledger[Fate::missing] == gaps[0].samples);
}

TEST_CASE("a gap is no pulse", "[engine][search]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  Sky sky{band, 6000, 36};
  for (std::size_t t = 2000; t < 2300; ++t) {
    for (std::size_t c = 0; c < band.channels; ++c) sky.at(t, c) = 1000.0F;
  }
  const std::vector<Gap> gaps{{2000, 300, Fate::missing}, {4000, 1500, Fate::late}};
  const auto run = test::run_search(sky.observation(), sky.stored(), small_blocks(engine), gaps);
  CHECK(run.candidates.empty());
  CHECK(run.counts.ledger[Fate::missing] == 300);
  CHECK(run.counts.ledger[Fate::late] == 1500);
  CHECK(run.counts.ledger.balanced());
}

// The refined DM, time and S/N of the same burst in an ascending band.
TEST_CASE("a wide burst that begins in a block of few samples has an S/N", "[engine][search]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  const ZeroDm zero_dm = GENERATE(ZeroDm::off, ZeroDm::zdot);
  CAPTURE(name(engine));
  Sky sky{band, 8000, 34};
  const double middle = 4096.0 + 8.0;
  sky.add({100.0, middle, 40.0, 40.0, Profile::top_hat});
  SearchConfig config = small_blocks(engine);
  config.condition.zero_dm = zero_dm;
  const std::vector<Gap> gaps{
      {3072, 850, Fate::missing}};  // block 3 is left too short for this box
  const auto run = test::run_search(sky.observation(), sky.stored(), config, gaps);
  const Candidate* const found = run.near(middle, 100.0);
  REQUIRE(found != nullptr);
  CHECK(found->snr > 20.0);
  CHECK(found->snr < 45.0);
}

TEST_CASE("both orders of channels find the same", "[engine][search]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  Sky down{band, 4000, 37};
  down.add({80.0, 1500.0, 4.0, 30.0});
  const test::Band up_band{band.centre(63), 4.0, 64, band.sample_time_s};
  Sky up{up_band, 4000, 0};
  for (std::size_t t = 0; t < 4000; ++t) {
    for (std::size_t c = 0; c < 64; ++c) up.at(t, c) = down.at(t, 63 - c);
  }
  const auto a = test::run_search(down, small_blocks(engine));
  const auto b = test::run_search(up, small_blocks(engine));
  REQUIRE(a.candidates.size() == 1);
  REQUIRE(b.candidates.size() == 1);
  CHECK(a.candidates[0].dm == b.candidates[0].dm);
  CHECK(a.candidates[0].toa == b.candidates[0].toa);
  CHECK(std::abs(a.candidates[0].snr - b.candidates[0].snr) < 1e-3);
  CHECK(std::abs(a.candidates[0].dm.value() - 80.0) < 3.0);
}

}  // namespace draftstream
