// Alerts: how soon, of what, how often; and that the full search does not notice.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <stdexcept>
#include <vector>

#include "engine/tree/box_search.hpp"
#include "ingest/errors.hpp"
#include "tests/engine/fake_networks.hpp"
#include "tests/engine/search_run.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::Pulse;
using test::same;
using test::SearchRun;
using test::Sky;

constexpr test::Band band{1500.0, -2.0, 128, 0.25e-3};
constexpr SampleFormat bytes{8};

SearchConfig config_of(unsigned threads = 1) {
  SearchConfig config;
  config.dm_max = DispersionMeasure{800.0};
  config.threads = threads;
  return config;
}

struct Told {
  PromptAlert alert;
  std::uint64_t taken = 0;  // samples that had been pushed
};

struct Run {
  SearchRun full;
  std::vector<Told> told;

  // What was said last of each pulse.
  [[nodiscard]] std::map<std::uint64_t, Candidate> last() const {
    std::map<std::uint64_t, Candidate> all;
    for (const Told& one : told) all[one.alert.number] = one.alert.candidate;
    return all;
  }
};

Run run(const Sky& sky, const SearchConfig& config, std::size_t chunk, LookSettings looks = {},
        Shedding shedding = {}, std::span<const Gap> gaps = {}) {
  Run run;
  const Observation observation = sky.observation(bytes);
  const std::vector<std::byte> stored = sky.stored(bytes, 100.0F, 12.0F);
  const std::size_t stride = observation.spectrum_bytes();
  Search search{observation, config, std::move(looks)};
  std::uint64_t pushed = 0;
  search.alert_by([&](const PromptAlert& alert) { run.told.push_back({alert, pushed}); });
  if (shedding) search.shed_by(std::move(shedding));
  const CandidateSink sink = [&](const Candidate& candidate) {
    run.full.candidates.push_back(candidate);
  };
  for (std::size_t first = 0; first < sky.samples; first += chunk) {
    const std::size_t count = std::min(chunk, sky.samples - first);
    pushed = first + count;
    std::vector<Gap> here;
    for (const Gap& gap : gaps) {
      const std::uint64_t begin = std::max<std::uint64_t>(gap.first, first);
      const std::uint64_t end = std::min<std::uint64_t>(gap.end(), first + count);
      if (begin < end) here.push_back({begin, end - begin, gap.fate});
    }
    search.push(FilterbankChunk{first,
                                count,
                                band.channels,
                                bytes,
                                std::span{stored}.subspan(first * stride, count * stride),
                                here,
                                {}},
                sink);
  }
  search.finish(sink);
  run.full.counts = search.counts();
  return run;
}

bool same(const std::vector<Told>& a, const std::vector<Told>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Told& x, const Told& y) {
    return x.alert.number == y.alert.number && x.alert.revision == y.alert.revision &&
           same(x.alert.candidate, y.alert.candidate) &&
           x.alert.candidate.probability == y.alert.candidate.probability;
  });
}

// Pulses all over the DMs, at all places of a step.
std::vector<Pulse> pulses() {
  std::vector<Pulse> all;
  for (std::size_t i = 0; i < 16; ++i) {
    const auto number = static_cast<double>(i);
    all.push_back({std::fmod(90.0 + 293.0 * number, 780.0), 3000.0 + 3377.0 * number,
                   4.0 + static_cast<double>(i % 5 * 4), 14.0 + static_cast<double>(i % 4)});
  }
  return all;
}

const Sky& sky() {
  static const Sky one = [] {
    Sky made{band, 60000, 7};
    for (const Pulse& pulse : pulses()) made.add(pulse);
    return made;
  }();
  return one;
}

constexpr std::size_t step = 1024;

bool is_of(const Candidate& candidate, const Pulse& pulse) {
  const double middle =
      static_cast<double>(candidate.first_sample) + 0.5 * candidate.boxcar_samples;
  return std::abs(middle - pulse.middle) < 20.0 + pulse.width &&
         std::abs(candidate.dm.value() - pulse.dm) < 15.0;
}

}  // namespace

TEST_CASE("a pulse is told of two steps after it has passed the lowest channel",
          "[engine][prompt]") {
  const Run run = draftstream::run(sky(), config_of(), step);
  REQUIRE(run.full.candidates.size() == pulses().size());
  CHECK(run.last().size() == pulses().size());
  for (const Pulse& pulse : pulses()) {
    CAPTURE(pulse.dm, pulse.middle, pulse.width);
    const auto told = std::find_if(run.told.begin(), run.told.end(), [&](const Told& one) {
      return is_of(one.alert.candidate, pulse);
    });
    REQUIRE(told != run.told.end());
    const double passed = pulse.middle + band.sweep(pulse.dm) + pulse.width;
    const double wait = static_cast<double>(told->taken) - passed;
    CHECK(wait > 0.0);
    CHECK(wait <= 2.0 * step + 4.0 * box_lag);
    CHECK(told->alert.candidate.snr == Approx(pulse.snr).epsilon(0.25));
    CHECK(told->alert.candidate.label == "unjudged");
    CHECK_FALSE(told->alert.candidate.gap_within_event);
  }
}

TEST_CASE("alerts do not depend on chunks and threads", "[engine][prompt][property]") {
  const std::vector<Gap> gaps{{9000, 700, Fate::missing}, {30720, 3000, Fate::missing}};
  test::FakeNetworks fakes;
  LookSettings looks;
  looks.networks = fakes.networks();
  const Run expected = run(sky(), config_of(), step, looks, {}, gaps);
  REQUIRE(expected.told.size() > 8);
  for (const std::size_t chunk : {37UL, 1000UL, 8192UL, 60000UL}) {
    INFO("chunks of " << chunk);
    CHECK(same(run(sky(), config_of(), chunk, looks, {}, gaps).told, expected.told));
  }
  CHECK(same(run(sky(), config_of(3), 5000, looks, {}, gaps).told, expected.told));
}

TEST_CASE("the full search does not notice that alerts are told", "[engine][prompt][property]") {
  const Observation observation = sky().observation(bytes);
  const auto stored = sky().stored(bytes, 100.0F, 12.0F);
  const SearchRun alone = test::run_search(observation, stored, config_of());
  CHECK(same(run(sky(), config_of(), 3000).full, alone));
}

TEST_CASE("a bright pulse is one alert, of which the last word is right", "[engine][prompt]") {
  for (const Pulse& pulse : {Pulse{600.0, 12345.0, 8.0, 150.0}, Pulse{200.0, 9945.0, 48.0, 150.0},
                             Pulse{420.0, 10605.0, 24.0, 300.0}, Pulse{50.0, 9500.0, 2.0, 300.0}}) {
    CAPTURE(pulse.dm, pulse.width, pulse.snr);
    Sky bright{band, 30000, 8};
    bright.add(pulse);
    const Run run = draftstream::run(bright, config_of(), step);
    REQUIRE(!run.told.empty());
    std::uint32_t revision = 0;
    double snr = 0.0;
    for (const Told& one : run.told) {
      CHECK(one.alert.number == 1);
      CHECK(one.alert.revision == ++revision);
      CHECK(one.alert.candidate.snr > snr);
      snr = one.alert.candidate.snr;
    }
    CHECK(is_of(run.told.back().alert.candidate, pulse));
    CHECK(static_cast<double>(run.told.back().taken) <
          pulse.middle + band.sweep(pulse.dm) + 4.0 * step);
  }
}

TEST_CASE("what the networks do not call a burst is not told", "[engine][prompt][arithmetic]") {
  test::FakeNetworks fakes;
  LookSettings looks;
  looks.networks = fakes.networks();
  const Run judged = run(sky(), config_of(), step, looks);
  REQUIRE(!judged.told.empty());
  for (const Told& one : judged.told) CHECK(one.alert.candidate.label == "burst");

  fakes.classifier = std::make_shared<test::FakeModel>(
      NetworkKind::classifier,
      [](std::span<const std::uint8_t>, std::span<float> logit) { logit[0] = -20.0F; });
  looks.networks = fakes.networks();
  CHECK(run(sky(), config_of(), step, looks).told.empty());
}

TEST_CASE("where load is shed nothing is told", "[engine][prompt][shedding]") {
  constexpr std::uint64_t from = 20480;
  const Shedding shedding = [](std::uint64_t first) {
    Shed shed;
    shed.networks = first >= from;
    return shed;
  };
  const Run run = draftstream::run(sky(), config_of(), step, {}, shedding);
  REQUIRE(!run.told.empty());
  CHECK(run.told.back().taken <= from + 2 * 8192);
  CHECK(run.full.candidates.size() == pulses().size());
}

TEST_CASE("noise alone is told of as seldom as the full search finds it",
          "[engine][prompt][arithmetic]") {
  const Run run = draftstream::run(Sky{band, 200000, 9}, config_of(), 8192);
  CHECK(run.told.size() <= 1);
}

TEST_CASE("red noise is told of as seldom as the full search finds it",
          "[engine][prompt][arithmetic]") {
  Sky red{band, 200000, 9};
  constexpr double share = 0.5;
  constexpr double samples = 64.0;
  const double kept = std::exp(-1.0 / samples);
  std::vector<double> slow(band.channels, 0.0);
  for (std::size_t t = 0; t < red.samples; ++t) {
    for (std::size_t c = 0; c < band.channels; ++c) {
      const auto fresh = static_cast<double>(test::gaussian(77, t * band.channels + c));
      slow[c] = kept * slow[c] + std::sqrt(1.0 - kept * kept) * fresh;
      red.at(t, c) = static_cast<float>(std::sqrt(1.0 - share) * static_cast<double>(red.at(t, c)) +
                                        std::sqrt(share) * slow[c]);
    }
  }
  const Run run = draftstream::run(red, config_of(), 8192);
  CHECK(run.last().size() <= 2 * run.full.candidates.size() + 2);
}

TEST_CASE("two pulses in one bow tie are two alerts", "[engine][prompt]") {
  Sky both{band, 30000, 12};
  const Pulse bright{300.0, 9500.0, 8.0, 40.0};
  const Pulse other{330.0, 10100.0, 8.0, 20.0};
  both.add(bright);
  both.add(other);
  const Run run = draftstream::run(both, config_of(), step);
  const auto last = run.last();
  REQUIRE(last.size() == 2);
  CHECK((is_of(last.at(1), bright) || is_of(last.at(2), bright)));
  CHECK((is_of(last.at(1), other) || is_of(last.at(2), other)));
}

TEST_CASE("alerts do not depend on the back end", "[engine][prompt][parity]") {
  SearchConfig walked = config_of();
  walked.backend = BackEnd::walked;
  Sky few{band, 20000, 7};
  for (std::size_t i = 0; i < 5; ++i) few.add(pulses()[i]);
  const Run expected = run(few, config_of(), step);
  REQUIRE(expected.told.size() >= 4);
  CHECK(same(run(few, walked, step).told, expected.told));
}

TEST_CASE("what crosses steps that were passed is not told", "[engine][prompt][shedding]") {
  // Blocks 1 and 2 are searched behind time; the steps behind each are passed.
  const Shedding shedding = [](std::uint64_t first) {
    Shed shed;
    shed.alerts = first == 8192;
    return shed;
  };
  const Run run = draftstream::run(sky(), config_of(), step, {}, shedding);
  REQUIRE(!run.told.empty());
  std::size_t behind = 0;
  for (const Told& one : run.told) {
    CHECK_FALSE(one.alert.candidate.overrun);
    CHECK_FALSE(one.alert.candidate.gap_within_event);
    behind += one.taken > 24576 ? 1 : 0;
    CHECK((one.taken <= 16384 || one.taken > 24576));
  }
  CHECK(behind > 5);
  CHECK(run.full.candidates.size() == pulses().size());
}

TEST_CASE("alerts that cannot be had are refused", "[engine][prompt]") {
  SearchConfig direct = config_of();
  direct.engine = EngineKind::direct;
  Search search{sky().observation(bytes), direct};
  CHECK(search.alert_step() == 0);
  CHECK_THROWS_AS(search.alert_by([](const PromptAlert&) {}), ConfigError);
  Search tree{sky().observation(bytes), config_of()};
  CHECK_THROWS_AS(tree.alert_by({}), std::logic_error);
  tree.alert_by([](const PromptAlert&) {});
  CHECK(tree.alert_step() == step);
  CHECK_THROWS_AS(tree.alert_by([](const PromptAlert&) {}), std::logic_error);
}

}  // namespace draftstream
