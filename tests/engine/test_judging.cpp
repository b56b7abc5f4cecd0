// Heat maps, verdicts, who is judged, and judging in the stream, by networks that are formulas.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <stdexcept>
#include <vector>

#include "engine/infer/heat_map.hpp"
#include "engine/infer/judge.hpp"
#include "engine/infer/judging_policy.hpp"
#include "engine/infer/verdict.hpp"
#include "tests/engine/fake_networks.hpp"
#include "tests/engine/search_run.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using Places = std::vector<std::size_t>;

namespace {

constexpr test::Band band{1500.0, -1.0, 300, 0.5e-3};
constexpr SampleFormat bytes_of_8{8};

SearchConfig config_of(unsigned threads = 1) {
  SearchConfig config;
  config.dm_max = DispersionMeasure{150.0};
  config.threads = threads;
  return config;
}

// A bright burst, and a fainter one beside it, below the threshold of 7.
const test::Sky& sky() {
  static const test::Sky one = [] {
    test::Sky made{band, 40000, 23};
    made.add({100.0, 9000.0, 8.0, 25.0, test::Profile::gaussian});
    made.add({60.0, 8500.0, 8.0, 6.1, test::Profile::gaussian});
    made.add({30.0, 26000.0, 20.0, 30.0, test::Profile::gaussian});
    return made;
  }();
  return one;
}

test::SearchRun run(const LookSettings& looks, unsigned threads = 1,
                    std::span<const std::size_t> chunks = {}) {
  const auto bytes = sky().stored(bytes_of_8, 100.0F, 12.0F);
  return test::run_search(sky().observation(bytes_of_8), bytes, config_of(threads), {}, chunks,
                          looks);
}

LookSettings with(const test::FakeNetworks& fakes) {
  LookSettings looks;
  looks.networks = fakes.networks();
  return looks;
}

}  // namespace

TEST_CASE("the brightest are judged where not all can be", "[engine][infer][policy]") {
  const std::array<double, 5> snr{8.0, 12.0, 7.0, 12.0, 30.0};
  CHECK(JudgingPolicy{}.choose(snr) == Places{0, 1, 2, 3, 4});
  CHECK(JudgingPolicy{5, {}}.choose(snr) == Places{0, 1, 2, 3, 4});
  CHECK(JudgingPolicy{2, {}}.choose(snr) == Places{1, 4});  // of equal ones the first
  CHECK(JudgingPolicy{3, {}}.choose(snr) == Places{1, 3, 4});
  CHECK(JudgingPolicy{0, {}}.choose(snr).empty());
  CHECK(JudgingPolicy{3, {}}.choose({}).empty());
}

TEST_CASE("heat is read where a pulse may have left it", "[engine][infer][heat_map]") {
  std::vector<float> output(HeatMap::size, -8.0F);
  const auto heat = [&](std::size_t row, std::size_t column) -> float& {
    return output[row * HeatMap::side + column];
  };
  heat(20, 30) = 3.0F;  // rows 80 to 83, pixels 120 to 123
  const HeatMap map{output};
  CHECK(map.logit_near({122.0, 82.0}, 1.0) == 3.0);
  CHECK(map.logit_near({125.9, 82.0}, 1.0) == 3.0);
  CHECK(map.logit_near({126.5, 82.0}, 1.0) == -8.0);  // 4 pixels and an eighth
  CHECK(map.logit_near({126.5, 82.0}, 8.0) == 3.0);
  CHECK(map.logit_near({122.0, 87.0}, 1.0) == -8.0);  // 4 rows and a half
  CHECK(map.logit_near({122.0, 87.0}, 4.0) == 3.0);
  CHECK(std::isfinite(map.logit_near({0.0, 0.0}, 1.0)));
  CHECK(std::isfinite(map.logit_near({255.9, 255.9}, 1.0)));
}

TEST_CASE("peaks stand alone, in the middle of the tile", "[engine][infer][heat_map]") {
  std::vector<float> output(HeatMap::size, -8.0F);
  constexpr std::size_t cells = HeatMap::side * HeatMap::side;
  const auto put = [&](std::size_t row, std::size_t column, float logit) {
    const std::size_t i = row * HeatMap::side + column;
    output[i] = logit;
    output[cells + i] = 0.25F;
    output[2 * cells + i] = 0.5F;
    output[3 * cells + i] = 1.25F;  // 2^5
  };
  put(20, 30, 3.0F);
  put(21, 31, 2.0F);   // of the same
  put(20, 35, 1.0F);   // 4 cells away: another
  put(40, 40, -1.0F);  // too cold
  put(3, 30, 5.0F);    // of the tile below
  const TilePlace place{0, 64, 64};
  const auto peaks = HeatMap{output}.peaks(0.0, place);
  REQUIRE(peaks.size() == 2);
  CHECK(peaks[0].logit == 3.0);
  CHECK(peaks[0].point.pixel == Approx(121.0));
  CHECK(peaks[0].point.row == Approx(82.0));
  CHECK(peaks[0].width == Approx(32.0));
  CHECK(peaks[1].logit == 1.0);
  CHECK(HeatMap{output}.peaks(0.0, {0, 64, 0}).size() == 3);  // below the lowest is none
}

TEST_CASE("verdicts, by hand", "[engine][infer][verdict]") {
  Networks networks;
  networks.detector.info.scale = 2.0;
  networks.detector.info.shift = 1.0;
  networks.classifier.info.shift = -1.0;
  networks.classifier.info.detector_weight = 0.5;
  networks.classifier.info.classifier_weight = 2.0;
  networks.classifier.info.fusion_shift = -1.0;
  networks.classifier.info.threshold = 0.6;
  Candidate candidate;
  candidate.snr = 20.0;
  pass_verdict(networks, 0.0, 1.0, candidate);  // 1 and 0: 0.5 + 0 - 1 = -0.5
  CHECK(*candidate.detector_score == Approx(0.731059));
  CHECK(*candidate.classifier_score == Approx(0.5));
  CHECK(*candidate.probability == Approx(0.377541));
  CHECK(candidate.label == "interference");
  pass_verdict(networks, 0.0, 1.5, candidate);  // 0.5 + 1 - 1
  CHECK(*candidate.probability == Approx(0.622459));
  CHECK(candidate.label == "burst");
  // Where noise alone may be that bright: 1 / (1 / 0.622459 + 10), and + 10 exp(-6.5).
  candidate.snr = 6.0;
  pass_verdict(networks, 0.0, 1.5, candidate);
  CHECK(*candidate.probability == Approx(0.086158));
  CHECK(candidate.label == "interference");
  candidate.snr = 7.0;
  pass_verdict(networks, 0.0, 1.5, candidate);
  CHECK(*candidate.probability == Approx(0.616688));
  CHECK(candidate.label == "burst");
}

// More than a batch of either, each known by its first byte.
TEST_CASE("each look gets its own answers, each tile is asked once", "[engine][infer][judge]") {
  constexpr std::size_t count = 77;
  const auto echo = [](std::span<const std::uint8_t> input, std::span<float> output) {
    std::fill(output.begin(), output.end(), static_cast<float>(input[0]) / 64.0F);
  };
  test::FakeNetworks fakes;
  fakes.detector = std::make_shared<test::FakeModel>(NetworkKind::detector, echo);
  fakes.classifier = std::make_shared<test::FakeModel>(NetworkKind::classifier, echo);
  std::vector<Look> looks(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t tile = i * 7 % 19;
    auto codes = std::make_shared<DetectorTile>();
    codes->codes[0] = static_cast<std::uint8_t>(tile);
    looks[i].tile = codes;
    looks[i].tile_place.first_pixel = static_cast<std::int64_t>(tile) * 128;
    looks[i].point = {100.0, 100.0};
    looks[i].patch.codes[0] = static_cast<std::int8_t>(i);
    looks[i].candidate.snr = static_cast<double>(i);
  }
  const auto networks = fakes.networks();
  const Judged judged = judge(*networks, {}, looks);
  REQUIRE(judged.candidates.size() == count);
  CHECK(judged.judged == count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto sigmoid = [](std::size_t n) {
      return 1.0 / (1.0 + std::exp(-static_cast<double>(n) / 64.0));
    };
    CHECK(judged.candidates[i].snr == static_cast<double>(i));
    CHECK(*judged.candidates[i].detector_score == Approx(sigmoid(i * 7 % 19)));
    CHECK(*judged.candidates[i].classifier_score == Approx(sigmoid(i)));
  }
  CHECK(fakes.detector->inputs_run == 19);
  CHECK(fakes.detector->largest_batch == 8);
  CHECK(fakes.classifier->inputs_run == count);
  CHECK(fakes.classifier->largest_batch == 32);
}

TEST_CASE("all candidates of a recording are judged", "[engine][infer][judging]") {
  const test::FakeNetworks fakes;
  std::size_t looks = 0;
  LookSettings settings = with(fakes);
  settings.collect = [&](const Look&) { ++looks; };
  const test::SearchRun seen = run(settings);
  REQUIRE(seen.candidates.size() >= 2);
  for (const Candidate& candidate : seen.candidates) {
    CHECK(candidate.label != "unjudged");
    REQUIRE(candidate.probability);
    CHECK(*candidate.detector_score > 0.5);
  }
  CHECK(seen.counts.judged == looks);
  CHECK(seen.counts.left_unjudged == 0);
  CHECK(seen.near(9000.0, 100.0)->label == "burst");
  CHECK(seen.near(26000.0, 30.0)->label == "burst");
}

TEST_CASE("what the detector alone sees comes in as a candidate", "[engine][infer][judging]") {
  const test::SearchRun plain = run({});
  REQUIRE(plain.near(8500.0, 60.0) == nullptr);
  test::FakeNetworks fakes;
  fakes.detector = std::make_shared<test::FakeModel>(
      NetworkKind::detector, [](std::span<const std::uint8_t> tile, std::span<float> heat) {
        test::heat_of_snr(tile, heat);
        for (float& value : heat.first(HeatMap::side * HeatMap::side)) value += 2.0F;  // eager
      });
  const test::SearchRun seen = run(with(fakes));
  const Candidate* found = seen.near(8500.0, 60.0);
  REQUIRE(found != nullptr);
  CHECK(found->snr > 5.5);
  CHECK(found->snr < 8.5);
  CHECK(found->label == "burst");
  CHECK(std::abs(found->dm.value() - 60.0) < 4.0);
  CHECK(seen.counts.finds >= 1);
  CHECK(seen.counts.candidates == seen.candidates.size());
  CHECK(seen.candidates.size() == plain.candidates.size() + seen.counts.finds);
  CHECK(std::is_sorted(seen.candidates.begin(), seen.candidates.end(),
                       [](const auto& a, const auto& b) { return a.toa < b.toa; }));
  // What belongs to a bright one is none of its own.
  CHECK(std::count_if(seen.candidates.begin(), seen.candidates.end(), [](const Candidate& one) {
          return std::abs(static_cast<double>(one.first_sample) - 9000.0) < 150.0;
        }) == 1);
}

// Networks that call everything a burst.
TEST_CASE("finds that are noise, or of a brighter pulse, stay out", "[engine][infer][judging]") {
  test::FakeNetworks fakes;
  fakes.detector = std::make_shared<test::FakeModel>(
      NetworkKind::detector, [](std::span<const std::uint8_t> tile, std::span<float> heat) {
        test::heat_of_snr(tile, heat);
        for (float& value : heat.first(HeatMap::side * HeatMap::side)) value += 4.5F;
      });
  fakes.classifier = std::make_shared<test::FakeModel>(
      NetworkKind::classifier,
      [](std::span<const std::uint8_t>, std::span<float> logit) { logit[0] = 20.0F; });
  const test::SearchRun seen = run(with(fakes));
  CHECK(seen.counts.finds >= 1);
  CHECK(seen.counts.finds_dropped > 0);
  for (const Candidate& candidate : seen.candidates) {
    CHECK(candidate.snr >= 5.5);
    for (const test::Pulse& bright :
         {test::Pulse{100.0, 9000.0, 8.0, 25.0}, test::Pulse{30.0, 26000.0, 20.0, 30.0}}) {
      const double smear = band.sweep(candidate.dm.value() - bright.dm);
      const double late = middle_sample(candidate) - bright.middle;
      INFO("S/N " << candidate.snr << ", " << late << " samples late, smeared over " << smear);
      const bool in_bow_tie = late > std::min(0.0, -smear) - bright.width &&
                              late < std::max(0.0, -smear) + bright.width;
      const bool is_it = candidate.snr > 0.7 * bright.snr;
      CHECK((!in_bow_tie || is_it));
    }
  }
}

// A detector that takes the bow tie of the brightest pulse for another: 12 rows up, 3 pixels early.
TEST_CASE("what a brighter pulse explains is no find", "[engine][infer][judging]") {
  test::FakeNetworks fakes;
  fakes.detector = std::make_shared<test::FakeModel>(
      NetworkKind::detector, [](std::span<const std::uint8_t> tile, std::span<float> heat) {
        std::fill(heat.begin(), heat.end(), -8.0F);
        const auto wide = tile.subspan(DetectorTile::plane_size, DetectorTile::plane_size);
        const auto place =
            static_cast<std::size_t>(std::max_element(wide.begin(), wide.end()) - wide.begin());
        const std::size_t row = std::min(place / tile_grid::pixels + 12, tile_grid::rows - 1);
        const std::size_t pixel = place % tile_grid::pixels - 3;
        const std::size_t cell = row / HeatMap::stride * HeatMap::side + pixel / HeatMap::stride;
        constexpr std::size_t cells = HeatMap::side * HeatMap::side;
        for (std::size_t value = 0; value < HeatMap::values; ++value) {
          heat[value * cells + cell] = value == 0 ? 5.0F : 0.75F;
        }
      });
  fakes.classifier = std::make_shared<test::FakeModel>(
      NetworkKind::classifier,
      [](std::span<const std::uint8_t>, std::span<float> logit) { logit[0] = 20.0F; });
  const test::SearchRun seen = run(with(fakes));
  CHECK(seen.counts.judged >= 2);
  CHECK(seen.counts.finds == 0);
}

TEST_CASE("judgements do not depend on chunks and threads", "[engine][infer][judging]") {
  const test::FakeNetworks fakes;
  const test::SearchRun one = run(with(fakes));
  for (const unsigned threads : {1U, 3U}) {
    const test::SearchRun other = run(with(fakes), threads, std::array{std::size_t{1111}});
    CHECK(std::equal(one.candidates.begin(), one.candidates.end(), other.candidates.begin(),
                     other.candidates.end(), [](const Candidate& a, const Candidate& b) {
                       return a.toa == b.toa && a.probability == b.probability &&
                              a.detector_score == b.detector_score && a.label == b.label;
                     }));
    for (std::size_t i = 0; i < other.candidates.size(); ++i) {
      CHECK(other.candidates[i].first_sample >= other.settled[i]);
    }
  }
}

TEST_CASE("judged candidates and finds carry their looks", "[engine][infer][judging]") {
  test::FakeNetworks fakes;
  fakes.detector = std::make_shared<test::FakeModel>(
      NetworkKind::detector, [](std::span<const std::uint8_t> tile, std::span<float> heat) {
        test::heat_of_snr(tile, heat);
        for (float& value : heat.first(HeatMap::side * HeatMap::side)) value += 2.0F;
      });
  LookSettings settings = with(fakes);
  settings.keep = true;
  const test::SearchRun seen = run(settings);
  CHECK(seen.counts.finds >= 1);
  for (const Candidate& candidate : seen.candidates) {
    REQUIRE(candidate.look != nullptr);
    CHECK(candidate.look->candidate.toa == candidate.toa);
    CHECK(candidate.look->patch_place.width == candidate.boxcar_samples);
  }
}

TEST_CASE("those beyond the queue stay unjudged, and are counted", "[engine][infer][judging]") {
  const test::FakeNetworks fakes;
  LookSettings settings = with(fakes);
  settings.policy.most = 0;
  const test::SearchRun seen = run(settings);
  CHECK(seen.counts.judged == 0);
  CHECK(seen.counts.left_unjudged == seen.candidates.size());
  CHECK(fakes.detector->inputs_run == 0);
  for (const Candidate& candidate : seen.candidates) {
    CHECK(candidate.label == "unjudged");
    CHECK_FALSE(candidate.classifier_score.has_value());
  }
}

// The detector does not answer before the search has gone on to other candidates.
TEST_CASE("who waits no longer gets no verdict, and nobody stalls", "[engine][infer][judging]") {
  std::promise<void> others;
  const std::shared_future<void> others_came = others.get_future().share();
  test::FakeNetworks fakes;
  std::atomic<bool> stalled = false;
  fakes.detector = std::make_shared<test::FakeModel>(
      NetworkKind::detector, [&](std::span<const std::uint8_t> tile, std::span<float> heat) {
        if (others_came.wait_for(std::chrono::seconds{20}) != std::future_status::ready) {
          stalled = true;
        }
        test::heat_of_snr(tile, heat);
      });
  LookSettings settings = with(fakes);
  settings.policy.patience = Seconds{0.0};
  std::size_t looks = 0;
  double first = -1.0;
  bool told = false;
  settings.collect = [&](const Look& look) {
    if (looks++ == 0) first = look.candidate.toa.value();
    if (told || look.candidate.toa.value() < first + 2.0) return;
    told = true;
    others.set_value();
  };
  const test::SearchRun seen = run(settings);
  CHECK(told);
  CHECK_FALSE(stalled);
  CHECK(seen.counts.left_unjudged >= 1);
  CHECK(seen.counts.judged + seen.counts.left_unjudged == looks);
  REQUIRE(seen.near(9000.0, 100.0) != nullptr);
  CHECK(seen.near(9000.0, 100.0)->label == "unjudged");
}

TEST_CASE("with patience enough all are judged", "[engine][infer][judging]") {
  const test::FakeNetworks fakes;
  LookSettings settings = with(fakes);
  const test::SearchRun plain = run(settings);
  settings.policy.patience = Seconds{60.0};
  const test::SearchRun seen = run(settings);
  CHECK(seen.counts.left_unjudged == 0);
  CHECK(std::equal(plain.candidates.begin(), plain.candidates.end(), seen.candidates.begin(),
                   seen.candidates.end(), [](const Candidate& a, const Candidate& b) {
                     return a.toa == b.toa && a.probability == b.probability;
                   }));
}

TEST_CASE("a network that fails ends the search", "[engine][infer][judging]") {
  test::FakeNetworks fakes;
  fakes.classifier = std::make_shared<test::FakeModel>(
      NetworkKind::classifier, [](std::span<const std::uint8_t>, std::span<float>) {
        throw std::runtime_error("out of order");
      });
  CHECK_THROWS_WITH(run(with(fakes)), "out of order");
}

TEST_CASE("what a network says that is no number leaves candidates unjudged",
          "[engine][infer][judging]") {
  const test::SearchRun plain = run(with(test::FakeNetworks{}));
  test::FakeNetworks fakes;
  const bool is_detector = GENERATE(true, false);
  CAPTURE(is_detector);
  const auto fail_on_some = [calls = std::make_shared<std::atomic<int>>(0)](
                                auto&& formula, std::span<const std::uint8_t> input,
                                std::span<float> output) {
    formula(input, output);
    if (++*calls % 2 == 0) std::fill(output.begin(), output.end(), std::nanf(""));
  };
  if (is_detector) {
    fakes.detector = std::make_shared<test::FakeModel>(
        NetworkKind::detector, [=](std::span<const std::uint8_t> tile, std::span<float> heat) {
          fail_on_some(test::heat_of_snr, tile, heat);
        });
  } else {
    fakes.classifier = std::make_shared<test::FakeModel>(
        NetworkKind::classifier, [=](std::span<const std::uint8_t> patch, std::span<float> logit) {
          fail_on_some(test::logit_of_patch, patch, logit);
        });
  }
  const test::SearchRun seen = run(with(fakes));
  CHECK(seen.counts.left_unjudged > 0);
  CHECK(seen.counts.judged > 0);
  CHECK(seen.counts.judged + seen.counts.left_unjudged ==
        plain.counts.judged + plain.counts.left_unjudged);
  std::uint64_t unjudged = 0;
  for (const Candidate& candidate : seen.candidates) {
    if (candidate.label == "unjudged") ++unjudged;
    CHECK(candidate.probability.has_value() == (candidate.label != "unjudged"));
  }
  CHECK(unjudged == seen.counts.left_unjudged);
}
