// What the stream gives to networks, whoever looks.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/infer/look.hpp"
#include "ingest/errors.hpp"
#include "tests/engine/search_run.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

constexpr test::Band band{1500.0, -1.0, 300, 0.5e-3};
constexpr SampleFormat bytes_of_8{8};

// 20 s. Bursts at the first samples, in the middle, wide ones, and one whose sweep runs out.
const test::Sky& sky() {
  static const test::Sky one = [] {
    test::Sky made{band, 40000, 17};
    made.add({40.0, 300.0, 4.0, 30.0, test::Profile::gaussian});
    made.add({100.0, 9000.0, 6.0, 25.0, test::Profile::gaussian});
    made.add({102.0, 9300.0, 3.0, 14.0, test::Profile::gaussian});
    made.add({60.0, 18000.0, 30.0, 30.0, test::Profile::gaussian});
    made.add({140.0, 26000.0, 250.0, 60.0, test::Profile::gaussian});
    made.add({120.0, 39700.0, 8.0, 50.0, test::Profile::gaussian});
    return made;
  }();
  return one;
}

SearchConfig config_of() {
  SearchConfig config;
  config.condition.block = Seconds{2.0};
  config.dm_max = DispersionMeasure{150.0};
  config.threads = 1;
  return config;
}

struct LookedAt {
  test::SearchRun run;
  std::vector<Look> looks;
};

LookedAt look(const SearchConfig& config, std::span<const std::size_t> chunks = {},
              std::span<const Gap> gaps = {}, const SampleFormat& format = bytes_of_8) {
  LookedAt all;
  LookSettings settings;
  settings.collect = [&](const Look& one) { all.looks.push_back(one); };
  const auto bytes =
      sky().stored(format, format.is_float ? 0.0F : 100.0F, format.is_float ? 1.0F : 12.0F);
  all.run = test::run_search(sky().observation(format), bytes, config, gaps, chunks, settings);
  return all;
}

bool same_candidates(const std::vector<Candidate>& a, const std::vector<Candidate>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.snr == y.snr && x.dm == y.dm && x.first_sample == y.first_sample &&
           x.boxcar_samples == y.boxcar_samples && x.members == y.members;
  });
}

bool same_looks(const std::vector<Look>& a, const std::vector<Look>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Look& x, const Look& y) {
    return x.tile_place == y.tile_place && x.tile->codes == y.tile->codes &&
           x.patch.codes == y.patch.codes && x.candidate.snr == y.candidate.snr;
  });
}

double brightest_near(const Look& look) {
  double most = 0.0;
  const auto row = static_cast<std::ptrdiff_t>(look.point.row);
  const auto pixel = static_cast<std::ptrdiff_t>(look.point.pixel);
  for (std::ptrdiff_t r = std::max<std::ptrdiff_t>(0, row - 3); r <= row + 3; ++r) {
    for (std::ptrdiff_t p = pixel - 2; p <= pixel + 2; ++p) {
      for (const std::size_t plane : {DetectorTile::narrow, DetectorTile::wide}) {
        most = std::max(most, SnrCode::snr(look.tile->at(plane, static_cast<std::size_t>(r),
                                                         static_cast<std::size_t>(p))));
      }
    }
  }
  return most;
}

}  // namespace

TEST_CASE("every candidate is looked at, and is seen as bright as it is", "[engine][infer][look]") {
  SearchConfig config = config_of();
  config.condition.zero_dm = ZeroDm::off;  // takes of wide pulses what no look can put back
  const LookedAt seen = look(config);
  REQUIRE(seen.looks.size() >= 6);
  REQUIRE(seen.looks.size() == seen.run.candidates.size());
  unsigned highest_level = 0;
  for (std::size_t i = 0; i < seen.looks.size(); ++i) {
    const Look& one = seen.looks[i];
    CHECK(one.candidate.toa == seen.run.candidates[i].toa);
    CHECK(one.candidate.label == "unjudged");
    highest_level = std::max(highest_level, one.tile_place.level);
    INFO("S/N " << one.candidate.snr << ", " << one.candidate.boxcar_samples << " samples, at "
                << one.candidate.first_sample);
    CHECK(brightest_near(one) > 0.75 * one.candidate.snr);
    CHECK(brightest_near(one) < 1.2 * one.candidate.snr + 1.0);
    double on = 0.0;
    double off = 0.0;
    for (std::size_t row = 0; row < 64; ++row) {
      for (std::size_t k = 30; k < 34; ++k) on += one.patch.at(0, row, k) / 20.0;
      for (std::size_t k = 2; k < 6; ++k) off += one.patch.at(0, row, k) / 20.0;
    }
    CHECK(on / 16.0 == Approx(one.candidate.snr).epsilon(0.25).margin(2.0));
    CHECK(std::abs(off / 16.0) < 4.5);
  }
  CHECK(highest_level >= 1);
}

TEST_CASE("candidates that are handed on carry their looks", "[engine][infer][look]") {
  LookSettings settings;
  std::vector<Look> looks;
  settings.keep = true;
  settings.collect = [&](const Look& one) { looks.push_back(one); };
  const auto bytes = sky().stored(bytes_of_8, 100.0F, 12.0F);
  const auto run =
      test::run_search(sky().observation(bytes_of_8), bytes, config_of(), {}, {}, settings);
  REQUIRE(run.candidates.size() >= 6);
  REQUIRE(run.candidates.size() == looks.size());
  for (std::size_t i = 0; i < looks.size(); ++i) {
    REQUIRE(run.candidates[i].look != nullptr);
    const Look& own = *run.candidates[i].look;
    CHECK(own.candidate.toa == run.candidates[i].toa);
    CHECK(own.tile_place == looks[i].tile_place);
    CHECK(own.tile->codes == looks[i].tile->codes);
    CHECK(own.patch.codes == looks[i].patch.codes);
  }
  for (const Candidate& candidate : look(config_of()).run.candidates) {
    CHECK(candidate.look == nullptr);
  }
}

TEST_CASE("looking changes no candidate", "[engine][infer][look]") {
  const auto bytes = sky().stored(bytes_of_8, 100.0F, 12.0F);
  const auto plain = test::run_search(sky().observation(bytes_of_8), bytes, config_of());
  const LookedAt seen = look(config_of());
  CHECK(same_candidates(plain.candidates, seen.run.candidates));
  CHECK(plain.counts.candidates == seen.run.counts.candidates);
}

TEST_CASE("looks do not depend on chunks and threads", "[engine][infer][look]") {
  const LookedAt one = look(config_of());
  SearchConfig config = config_of();
  for (const unsigned threads : {1U, 3U}) {
    config.threads = threads;
    for (const std::size_t chunk : {std::size_t{777}, std::size_t{4096}}) {
      INFO(threads << " threads, chunks of " << chunk);
      CHECK(same_looks(one.looks, look(config, std::array{chunk}).looks));
    }
  }
}

// The last tile ends in the middle of a block; behind the recording there is nothing.
TEST_CASE("no candidate comes before what was said to be settled", "[engine][infer][look]") {
  const LookedAt seen = look(config_of(), std::array{std::size_t{1000}});
  for (std::size_t i = 0; i < seen.run.candidates.size(); ++i) {
    CHECK(seen.run.candidates[i].first_sample >= seen.run.settled[i]);
  }
}

TEST_CASE("masked channels and gaps are not seen as signal", "[engine][infer][look]") {
  SearchConfig config = config_of();
  config.condition.zero_dm = ZeroDm::off;
  config.condition.masked_channels.assign(band.channels, false);
  for (std::size_t c = 0; c < band.channels; c += 3) config.condition.masked_channels[c] = true;
  const LookedAt masked = look(config, {}, std::array{Gap{9400, 200, Fate::missing}});
  REQUIRE(masked.looks.size() >= 5);
  for (const Look& one : masked.looks) {
    INFO("S/N " << one.candidate.snr << " at " << one.candidate.first_sample);
    CHECK(brightest_near(one) > 0.7 * one.candidate.snr);
    CHECK(brightest_near(one) < 1.2 * one.candidate.snr + 1.5);
  }
}

TEST_CASE("other formats are seen as bytes are", "[engine][infer][look][arithmetic]") {
  const LookedAt floats = look(config_of(), {}, {}, float_samples);
  const LookedAt bytes = look(config_of());
  REQUIRE(floats.looks.size() == bytes.looks.size());
  for (std::size_t i = 0; i < bytes.looks.size(); ++i) {
    CHECK(brightest_near(floats.looks[i]) == Approx(brightest_near(bytes.looks[i])).epsilon(0.1));
  }
}

TEST_CASE("the direct engine has no looks", "[engine][infer][look]") {
  SearchConfig config = config_of();
  config.engine = EngineKind::direct;
  LookSettings settings;
  settings.collect = [](const Look&) {};
  CHECK_THROWS_AS((Search{sky().observation(bytes_of_8), config, settings}), ConfigError);
}
