// The whole engine: the same candidates whatever the chunks and threads; bad configurations.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/cuda/tree_device.hpp"
#include "ingest/errors.hpp"
#include "tests/engine/search_run.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::same;
using test::Sky;
using test::small_blocks;

const test::Band band{1500.0, -4.0, 64, 0.5e-3};
constexpr SampleFormat bytes{8};

}  // namespace

// Bursts on edges of blocks, across gaps, at both ends and past the end; interference.
TEST_CASE("candidates do not depend on chunks and threads", "[engine][search][property]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  Sky sky{band, 9000, 21};
  sky.add({40.0, 3.0, 4.0, 25.0});
  sky.add({20.0, 1024.0, 3.0, 20.0});
  sky.add({100.0, 2047.5, 6.0, 30.0});
  sky.add({100.0, 2300.0, 2.0, 15.0});
  sky.add({140.0, 3900.0, 20.0, 100.0});
  sky.add({70.0, 5110.0, 4.0, 14.0});
  sky.add({120.0, 6900.0, 10.0, 60.0});
  sky.add({130.0, 8950.0, 5.0, 40.0});
  for (std::size_t t = 0; t < sky.samples; ++t) sky.at(t, 30) += t % 100 < 8 ? 5.0F : 0.0F;
  for (std::size_t c = 0; c < band.channels; ++c) sky.at(4500, c) += 3.0F;
  const std::vector<Gap> gaps{
      {2310, 30, Fate::missing}, {6950, 200, Fate::late}, {7150, 10, Fate::overrun}};
  for (const SampleFormat& format : {bytes, SampleFormat{2}}) {
    const auto stored =
        format.bits == 8 ? sky.stored(format, 100.0F, 12.0F) : sky.stored(format, 1.5F, 1.0F);
    const Observation observation = sky.observation(format);
    SearchConfig config = small_blocks(engine);
    config.threads = 1;
    const auto whole = test::run_search(observation, stored, config, gaps);
    REQUIRE(whole.candidates.size() >= 7);
    CHECK(whole.counts.ledger.balanced());
    CHECK(whole.counts.ledger.expected() == 9000);
    CHECK(whole.counts.ledger[Fate::missing] == 30);
    CHECK(whole.counts.ledger[Fate::late] == 200);
    CHECK(whole.counts.ledger[Fate::overrun] == 10);
    CHECK(whole.counts.ledger[Fate::masked] == 1);
    for (const std::size_t chunk : {1UL, 37UL, 256UL, 1000UL, 1024UL, 8192UL}) {
      INFO("chunks of " << chunk);
      const std::vector<std::size_t> chunks{chunk};
      CHECK(same(test::run_search(observation, stored, config, gaps, chunks), whole));
    }
    const std::vector<std::size_t> uneven{1, 5000, 3, 1023, 2, 700};
    for (const unsigned threads : {2U, 3U}) {
      config.threads = threads;
      INFO(threads << " threads");
      CHECK(same(test::run_search(observation, stored, config, gaps), whole));
      CHECK(same(test::run_search(observation, stored, config, gaps, uneven), whole));
    }
  }
}

// The kernels of the CUDA back end, walked by the CPU, in the place of the trees.
TEST_CASE("candidates do not depend on the back end", "[engine][search][parity]") {
  Sky sky{band, 9000, 22};
  sky.add({40.0, 3.0, 4.0, 25.0});
  sky.add({100.0, 2047.5, 6.0, 30.0});
  sky.add({140.0, 3900.0, 20.0, 100.0});
  sky.add({120.0, 6900.0, 10.0, 60.0});
  for (std::size_t c = 0; c < band.channels; ++c) sky.at(4500, c) += 3.0F;
  const std::vector<Gap> gaps{{2310, 30, Fate::missing}, {6950, 200, Fate::late}};
  const auto stored = sky.stored(bytes, 100.0F, 12.0F);
  SearchConfig config = small_blocks(EngineKind::tree);
  config.octave_shift = GENERATE(0U, 2U);  // with 0, at several time resolutions
  config.threshold_snr = 5.5;              // noise, too
  const auto here = test::run_search(sky.observation(bytes), stored, config, gaps);
  REQUIRE(here.candidates.size() >= 4);
  REQUIRE(here.counts.boxes_above > here.candidates.size());
  config.backend = BackEnd::walked;
  for (const unsigned threads : {1U, 2U}) {
    config.threads = threads;
    INFO(threads << " threads");
    CHECK(same(test::run_search(sky.observation(bytes), stored, config, gaps), here));
  }
}

TEST_CASE("a back end that is not there is refused", "[engine][search][edge]") {
  const Observation observation = Sky{band, 1, 0}.observation();
  SearchConfig config = small_blocks(EngineKind::direct);
  config.backend = BackEnd::walked;
  CHECK_THROWS_AS((Search{observation, config}), ConfigError);
  const CudaPresence cuda = cuda_presence();
  CHECK(!cuda.words.empty());
  if (cuda.usable) return;
  config.engine = EngineKind::tree;
  config.backend = BackEnd::cuda;
  CHECK_THROWS_WITH((Search{observation, config}), cuda.words);
}

TEST_CASE("samples are counted as they are taken and searched", "[engine][search]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  const Sky sky{band, 5000, 3};
  const auto stored = sky.stored();
  Search search{sky.observation(), small_blocks(engine)};
  const CandidateSink nowhere = [](const Candidate&) {};
  CHECK(search.block_samples() == 1024);
  CHECK(search.trials() > 10);
  CHECK(search.longest_delay() > 50);
  std::uint64_t searched = 0;
  for (std::size_t first = 0; first < 5000; first += 500) {
    const auto part = std::span{stored}.subspan(first * 64 * 4, 500UL * 64 * 4);
    search.push(FilterbankChunk{first, 500, 64, float_samples, part, {}}, nowhere);
    CHECK(search.samples_taken() == first + 500);
    CHECK(search.samples_searched() >= searched);
    CHECK(search.samples_searched() <= search.samples_taken());
    searched = search.samples_searched();
  }
  search.finish(nowhere);
  CHECK(search.samples_searched() == 5000);
  CHECK(search.counts().ledger[Fate::searched] == 5000);
  search.finish(nowhere);  // once is enough
  CHECK(search.counts().ledger.expected() == 5000);
}

TEST_CASE("no candidate arrives before what was settled", "[engine][search][property]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  const Sky sky{band, 20'000, 5};
  const auto stored = sky.stored();
  SearchConfig config = small_blocks(engine);
  config.threshold_snr = 3.5;  // noise gives enough of them
  config.widest = Seconds{0.032};
  config.max_candidates_per_s = 1e3;
  Search search{sky.observation(), config};
  std::uint64_t settled = 0;
  std::size_t candidates = 0;
  const CandidateSink sink = [&](const Candidate& candidate) {
    ++candidates;
    CHECK(candidate.sample_index >= settled);
  };
  for (std::size_t first = 0; first < 20'000; first += 500) {
    const auto part = std::span{stored}.subspan(first * 64 * 4, 500UL * 64 * 4);
    search.push(FilterbankChunk{first, 500, 64, float_samples, part, {}}, sink);
    CHECK(search.samples_settled() >= settled);
    settled = search.samples_settled();
  }
  CHECK(settled + 5 * search.block_samples() > search.samples_taken() - search.longest_delay());
  search.finish(sink);
  CHECK(candidates > 50);
}

TEST_CASE("what two searches counted adds up", "[engine][search]") {
  SearchCounts a;
  a.ledger.expect(100);
  a.boxes = 1;
  a.boxes_above = 2;
  a.candidates = 3;
  a.candidates_dropped = 4;
  a.detections_dropped = 5;
  a.blocks = 6;
  a.frac_channels_flagged = 0.5;
  a.seconds = {1.0, 2.0, 3.0};
  SearchCounts b = a;
  b.blocks = 2;
  b.frac_channels_flagged = 0.1;
  SearchCounts sum;
  sum += a;
  sum += b;
  sum += SearchCounts{};
  CHECK(sum.ledger.expected() == 200);
  CHECK(sum.boxes == 2);
  CHECK(sum.boxes_above == 4);
  CHECK(sum.candidates == 6);
  CHECK(sum.candidates_dropped == 8);
  CHECK(sum.detections_dropped == 10);
  CHECK(sum.blocks == 8);
  CHECK(std::abs(sum.frac_channels_flagged - 0.4) < 1e-12);
  CHECK(sum.seconds.condition == 2.0);
  CHECK(sum.seconds.dedisperse == 4.0);
  CHECK(sum.seconds.cluster == 6.0);
}

TEST_CASE("a chunk that does not continue the observation is refused", "[engine][search]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  const Sky sky{band, 100, 3};
  const auto stored = sky.stored();
  const CandidateSink nowhere = [](const Candidate&) {};
  Search search{sky.observation(), small_blocks(engine)};
  const auto chunk = [&](std::uint64_t first) {
    return FilterbankChunk{first, 100, 64, float_samples, stored, {}};
  };
  CHECK_THROWS_AS(search.push(chunk(1), nowhere), std::logic_error);
  search.push(chunk(0), nowhere);
  CHECK_THROWS_AS(search.push(chunk(0), nowhere), std::logic_error);
  const FilterbankChunk narrow{100, 200, 32, float_samples, stored, {}};
  CHECK_THROWS_AS(search.push(narrow, nowhere), std::logic_error);
  search.finish(nowhere);
  CHECK_THROWS_AS(search.push(chunk(100), nowhere), std::logic_error);
}

TEST_CASE("observations of nothing end with nothing", "[engine][search]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  const CandidateSink fail = [](const Candidate&) { FAIL("a candidate of nothing"); };
  SECTION("no samples") {
    Search search{Sky{band, 1, 0}.observation(), small_blocks(engine)};
    search.finish(fail);
    CHECK(search.counts().ledger.balanced());
  }
  SECTION("one sample, ten samples") {
    for (const std::size_t samples : {1UL, 10UL}) {
      const auto run = test::run_search(Sky{band, samples, 0}, small_blocks(engine));
      CHECK(run.candidates.empty());
      CHECK(run.counts.ledger.expected() == samples);
      CHECK(run.counts.ledger.balanced());
    }
  }
  SECTION("one gap") {
    const Sky sky{band, 5000, 1};
    const std::vector<Gap> gaps{{0, 5000, Fate::missing}};
    const auto run = test::run_search(sky.observation(), sky.stored(), small_blocks(engine), gaps);
    CHECK(run.candidates.empty());
    CHECK(run.counts.ledger[Fate::missing] == 5000);
    CHECK(run.counts.boxes == 0);
  }
  SECTION("only NaN, only zeros, only one channel left") {
    Sky sky{band, 5000, 1};
    for (float& value : sky.values) value = std::numeric_limits<float>::quiet_NaN();
    CHECK(test::run_search(sky, small_blocks(engine)).counts.ledger[Fate::invalid] == 5000);
    for (float& value : sky.values) value = 0.0F;
    CHECK(test::run_search(sky, small_blocks(engine)).counts.ledger[Fate::invalid] == 5000);
  }
}

TEST_CASE("configurations that cannot be carried out are refused", "[engine][search]") {
  const Observation observation = Sky{band, 1, 0}.observation();
  const auto refused = [&](auto change) {
    SearchConfig config;
    change(config);
    try {
      const Search search{observation, config};
    } catch (const ConfigError& error) {
      return std::string{error.what()};
    }
    return std::string{"accepted"};
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(refused([](SearchConfig&) {}) == "accepted");
  CHECK_THAT(refused([](SearchConfig& c) { c.threshold_snr = 2.9; }),
             ContainsSubstring("threshold: found S/N 2.9, expected at least 3"));
  CHECK_THAT(refused([&](SearchConfig& c) { c.threshold_snr = nan; }),
             ContainsSubstring("threshold: found S/N nan"));
  CHECK_THAT(refused([](SearchConfig& c) { c.max_frac_missing = 1.0; }),
             ContainsSubstring("missing fraction: found 1"));
  CHECK_THAT(refused([](SearchConfig& c) { c.max_candidates_per_s = 0.0; }),
             ContainsSubstring("candidates per second: found 0"));
  CHECK_THAT(refused([](SearchConfig& c) { c.widest = Seconds{0.0}; }),
             ContainsSubstring("widest boxcar: found 0"));
  CHECK_THAT(refused([](SearchConfig& c) { c.condition.block = Seconds{0.0}; }),
             ContainsSubstring("block for statistics: found 0"));
  CHECK_THAT(refused([&](SearchConfig& c) { c.condition.block = Seconds{nan}; }),
             ContainsSubstring("block for statistics: found nan"));
  CHECK_THAT(refused([](SearchConfig& c) { c.dm_max = DispersionMeasure{-1.0}; }),
             ContainsSubstring("DM range: found 0:-1"));
  CHECK_THAT(refused([](SearchConfig& c) { c.condition.masked_channels.assign(3, false); }),
             ContainsSubstring("channel mask: found 3 channels, expected 64"));
}

// 40 bursts in 4.5 s, of which 2 a second may be told.
TEST_CASE("a storm is cut by rank, and what was cut is counted", "[engine][search]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  Sky sky{band, 9000, 8};
  for (int i = 0; i < 40; ++i) {
    sky.add({20.0, 100.0 + 200.0 * i, 2.0, 15.0 + i, test::Profile::top_hat});
  }
  SearchConfig config = small_blocks(engine);
  const auto all = test::run_search(sky, config);
  CHECK(all.candidates.size() == 40);
  CHECK(all.counts.candidates_dropped == 0);
  config.max_candidates_per_s = 2.0;  // in tiles of 0.512 s, taken for 1 s: 2 a tile
  const auto some = test::run_search(sky, config);
  CHECK(some.candidates.size() >= 16);
  CHECK(some.candidates.size() <= 18);
  CHECK(some.counts.candidates == some.candidates.size());
  CHECK(some.candidates.size() + some.counts.candidates_dropped == 40);
}

}  // namespace draftstream
