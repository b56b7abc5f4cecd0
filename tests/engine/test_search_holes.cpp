// Searching spectra that lack some of their channels.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ingest/spectrum_ring.hpp"
#include "tests/engine/holes_in_sky.hpp"
#include "tests/engine/search_run.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::same;
using test::Sky;
using test::small_blocks;

const test::Band band{1500.0, -4.0, 64, 0.5e-3};
constexpr SampleFormat bytes{8};

/// Bursts on edges of blocks, in and beside holes, and interference; a band of its own shape that
/// drifts.
Sky busy_sky(std::size_t samples, std::uint64_t seed) {
  Sky sky{band, samples, seed};
  sky.add({20.0, 1024.0, 3.0, 20.0});
  sky.add({100.0, 2047.5, 6.0, 30.0});
  sky.add({140.0, 3900.0, 20.0, 100.0});
  sky.add({70.0, 5110.0, 4.0, 14.0});
  sky.add({120.0, 6900.0, 10.0, 60.0});
  for (std::size_t t = 0; t < samples; ++t) {
    const double drift = 0.5 * std::sin(2e-3 * static_cast<double>(t));
    for (std::size_t c = 0; c < band.channels; ++c) {
      sky.at(t, c) += static_cast<float>(3.0 * std::cos(0.2 * static_cast<double>(c)) + drift);
    }
    sky.at(t, 30) += t % 100 < 8 ? 5.0F : 0.0F;
  }
  for (std::size_t c = 0; c < band.channels; ++c) sky.at(4500, c) += 3.0F;
  return sky;
}

test::SearchRun search(const Sky& sky, const SampleFormat& format,
                       std::span<const std::byte> stored, const SearchConfig& config,
                       std::span<const Hole> holes, std::span<const std::size_t> chunks = {}) {
  const std::vector<Gap> gaps{{6950, 50, Fate::late}};
  return test::run_search(sky.observation(format), stored, config, gaps, chunks, {}, holes);
}

}  // namespace

TEST_CASE("integers with holes give the candidates of floats with NaN",
          "[engine][search][holes][parity][arithmetic]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  const Sky sky = busy_sky(9000, 41);
  const auto holes = test::lost_cells({0.05, 16, 8, 6}, 0, sky.samples, band.channels, 5);
  for (const SampleFormat& format : {SampleFormat{8}, SampleFormat{8, true}, SampleFormat{16}}) {
    CAPTURE(name(engine), describe(format));
    const float mean = format.is_signed ? 0.0F : 120.0F;
    auto stored = sky.stored(format, mean, 14.0F);
    test::spoil(stored, format, band.channels, holes);
    const auto floats = test::as_floats(stored, format, band.channels, holes);
    const SearchConfig config = small_blocks(engine);
    const auto run = search(sky, format, stored, config, holes);
    const auto expected = search(sky, float_samples, floats, config, {});
    REQUIRE(expected.candidates.size() >= 5);
    CHECK(run.counts.ledger == expected.counts.ledger);
    REQUIRE(run.candidates.size() == expected.candidates.size());
    std::size_t with_gaps = 0;
    for (std::size_t i = 0; i < run.candidates.size(); ++i) {
      const Candidate& a = run.candidates[i];
      const Candidate& b = expected.candidates[i];
      with_gaps += a.gap_within_event ? 1 : 0;
      if (engine == EngineKind::direct || format.bits > 8) {
        CHECK(same(a, b));
        continue;
      }
      // Bytes have no dither, which the noise watch sees; and z comes from gains of 15 bits.
      CHECK(std::abs(a.snr - b.snr) < 0.05 * b.snr);
      CHECK(std::abs(a.toa.value() - b.toa.value()) < 1e-3);
      CHECK(std::abs(a.frac_missing - b.frac_missing) < 0.02);
      CHECK(a.gap_within_event == b.gap_within_event);
    }
    CHECK(with_gaps > 0);
  }
}

TEST_CASE("candidates of spectra with holes do not depend on chunks, threads and what lies there",
          "[engine][search][holes][property]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  const Sky sky = busy_sky(9000, 42);
  const auto holes = test::lost_cells({0.1, 16, 8, 6}, 0, sky.samples, band.channels, 6);
  auto stored = sky.stored(bytes, 120.0F, 14.0F);
  SearchConfig config = small_blocks(engine);
  const auto whole = search(sky, bytes, stored, config, holes);
  REQUIRE(whole.candidates.size() >= 5);
  CHECK(whole.counts.ledger.balanced());
  CHECK(whole.counts.ledger.expected() == 9000);
  CHECK_FALSE(same(search(sky, bytes, stored, config, {}), whole));
  test::spoil(stored, bytes, band.channels, holes);
  CHECK(same(search(sky, bytes, stored, config, holes), whole));
  for (const std::size_t chunk : {1UL, 37UL, 1000UL, 1024UL}) {
    INFO("chunks of " << chunk);
    const std::vector<std::size_t> chunks{chunk};
    CHECK(same(search(sky, bytes, stored, config, holes, chunks), whole));
  }
  config.threads = 3;
  const std::vector<std::size_t> uneven{1, 5000, 3, 1023, 2, 700};
  CHECK(same(search(sky, bytes, stored, config, holes, uneven), whole));
}

TEST_CASE("a burst that crosses a loss is found, and says so", "[engine][search][holes]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    INFO("seed " << seed);
    Sky sky{band, 6000, 50 + seed};
    sky.add({100.0, 2500.0, 6.0, 12.0});
    const auto holes = test::lost_cells({0.05, 2, 4, 50}, 0, sky.samples, band.channels, seed);
    const auto stored = sky.stored(bytes, 120.0F, 14.0F);
    const auto run =
        test::run_search(sky.observation(bytes), stored, small_blocks(engine), {}, {}, {}, holes);
    const Candidate* const found = run.near(2500.0, 100.0);
    REQUIRE(found != nullptr);
    CHECK(run.candidates.size() == 1);
    CHECK(found->snr > 8.0);
    CHECK(found->gap_within_event);
    CHECK(found->frac_missing > 0.0);
    CHECK(found->frac_missing < 0.3);
    // Counted along the track that it tells, sample by sample.
    std::vector<bool> lost(sky.samples * band.channels, false);
    test::for_each_sample(holes, [&](std::uint64_t n, std::size_t c) { lost[n * 64 + c] = true; });
    std::size_t cells = 0;
    for (std::size_t c = 0; c < band.channels; ++c) {
      const double late = std::round(band.late(found->dm.value(), c));
      const std::size_t first = found->first_sample + static_cast<std::size_t>(late);
      for (std::size_t t = first; t < first + found->boxcar_samples; ++t) {
        cells += lost[t * 64 + c] ? 1 : 0;
      }
    }
    const double share = static_cast<double>(cells) / (64.0 * found->boxcar_samples);
    CHECK(std::abs(found->frac_missing - share) < 0.02);  // a delay may lie near half a sample
  }
}

// As where most nodes of a correlator are down.
TEST_CASE("a band of which most never came is searched as what is left of it",
          "[engine][search][holes]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  Sky sky{band, 6000, 71};
  sky.add({140.0, 2500.0, 6.0, 40.0});
  const auto stored = sky.stored(bytes, 120.0F, 14.0F);
  const std::vector<Hole> holes{{0, sky.samples, 16, 48}};
  const SearchConfig config = small_blocks(engine);
  const auto run = test::run_search(sky.observation(bytes), stored, config, {}, {}, {}, holes);
  REQUIRE_FALSE(run.candidates.empty());
  const Candidate& best =
      *std::max_element(run.candidates.begin(), run.candidates.end(),
                        [](const Candidate& a, const Candidate& b) { return a.snr < b.snr; });
  CHECK(best.snr > 16.0);  // half of the burst's, of a quarter of the band
  CHECK(best.snr < 21.0);
  CHECK(best.frac_missing == 0.75);
  CHECK(std::abs(best.toa.value() / band.sample_time_s - 2500.0) < 20.0);
  for (const Candidate& candidate : run.candidates) {
    CHECK(candidate.snr >= config.threshold_snr * 0.9);
  }
}

// Noise on a band with steps from channel to channel, which drifts: what is lost is far from 0.
TEST_CASE("a loss never makes an event", "[engine][search][holes][property][arithmetic]") {
  const EngineKind engine = GENERATE(EngineKind::direct, EngineKind::tree);
  CAPTURE(name(engine));
  const std::size_t samples = engine == EngineKind::tree ? 120'000 : 30'000;
  Sky sky{band, samples, 60};
  for (std::size_t t = 0; t < samples; ++t) {
    const double drift = 0.4 * std::sin(1e-3 * static_cast<double>(t));
    for (std::size_t c = 0; c < band.channels; ++c) {
      sky.at(t, c) += static_cast<float>(4.0 * std::cos(0.7 * static_cast<double>(c)) + drift);
    }
  }
  const auto stored = sky.stored(bytes, 120.0F, 14.0F);
  SearchConfig config = small_blocks(engine);
  config.threshold_snr = 6.5;
  config.widest = Seconds{0.05};
  for (const double share : {0.0, 0.0001, 0.01, 0.1, 0.5}) {
    INFO(share << " lost");
    const auto holes = test::lost_cells({share, 10, 8, 10}, 0, samples, band.channels, 7);
    const auto run = test::run_search(sky.observation(bytes), stored, config, {}, {}, {}, holes);
    CHECK(run.candidates.empty());
    CHECK(run.counts.frac_channels_flagged == 0.0);
    CHECK(run.counts.ledger.balanced());
  }
}

// As a live source writes it, and as a search reads it.
TEST_CASE("holes reach the search through a ring", "[engine][search][holes]") {
  const Sky sky = busy_sky(6000, 43);
  const auto holes = test::lost_cells({0.1, 16, 8, 6}, 0, sky.samples, band.channels, 8);
  const auto stored = sky.stored(bytes, 120.0F, 14.0F);
  const SearchConfig config = small_blocks(EngineKind::tree);
  const auto expected = test::run_search(sky.observation(bytes), stored, config, {}, {}, {}, holes);
  REQUIRE(expected.candidates.size() >= 3);

  SpectrumRing ring{{.channels = band.channels,
                     .format = bytes,
                     .samples = 512,
                     .huge_pages = false,
                     .lock = false}};
  const auto reader = ring.attach(ReaderKind::guaranteed);
  Search search{sky.observation(bytes), config};
  test::SearchRun run;
  const CandidateSink sink = [&](const Candidate& one) { run.candidates.push_back(one); };
  SpectrumRing::Reader::View view;
  auto hole = holes.begin();
  for (std::size_t first = 0; first < sky.samples; first += 48) {  // three rows of cells
    const std::size_t count = std::min<std::size_t>(48, sky.samples - first);
    const auto claimed = ring.claim(count);
    std::copy_n(stored.begin() + static_cast<std::ptrdiff_t>(first * band.channels),
                count * band.channels, claimed.begin());
    for (; hole != holes.end() && hole->first < first + count; ++hole) ring.mark_hole(*hole);
    ring.publish(count);
    const std::uint64_t left = ring.published() - reader->cursor();
    reader->read(left > 100 ? 77 : left, view);  // cuts cells
    search.push(view.chunk(), sink);
    reader->release(view.first + view.samples);
  }
  ring.finish();
  for (reader->read(100, view); view.samples > 0; reader->read(100, view)) {
    search.push(view.chunk(), sink);
    reader->release(view.first + view.samples);
  }
  search.finish(sink);
  run.counts = search.counts();
  CHECK(same(run, expected));
}

}  // namespace draftstream
