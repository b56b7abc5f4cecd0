// Bursts in a stream: where they come, how strong, and that chunks do not matter.
#include "training/live_injector.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ingest/errors.hpp"
#include "ingest/samples.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

constexpr std::size_t channels = 32;
constexpr std::uint64_t samples = 20'000;  // 20 s

Observation make_observation(SampleFormat format) {
  Observation observation;
  observation.frequency = FrequencyAxis{Megahertz{1500.0}, Megahertz{-4.0}, channels};
  observation.time = {UtcInstant{60000, 0.0}, Seconds{1e-3}};
  observation.format = format;
  return observation;
}

InjectionRule every(double seconds) {
  InjectionRule rule;
  rule.every = Seconds{seconds};
  rule.width_min = Seconds{3e-3};
  return rule;
}

// Noise of mean 96 and sigma 10, or what suits 2 bits.
std::vector<std::byte> make_noise(const Observation& observation) {
  std::mt19937 random{5};
  std::normal_distribution<float> noise{96.0F, 10.0F};
  if (observation.format.bits == 2) noise = std::normal_distribution<float>{1.5F, 1.0F};
  std::vector<float> spectrum(channels);
  const std::size_t row = observation.spectrum_bytes();
  std::vector<std::byte> bytes(samples * row);
  for (std::uint64_t n = 0; n < samples; ++n) {
    for (float& value : spectrum) value = noise(random);
    pack_spectrum(spectrum, observation.format, std::span{bytes}.subspan(n * row, row));
  }
  return bytes;
}

struct Injected {
  std::vector<std::byte> bytes;
  std::vector<InjectedBurst> bursts;
  std::vector<PlannedBurst> planned;  // of those asked for
  std::uint64_t left_out = 0;
};

// A burst is asked for once samples from here on are the next to come.
struct Asked {
  std::uint64_t at = 0;
  Burst burst;
};

Burst burst_of(double dm, double snr) {
  Burst burst;
  burst.dm = DispersionMeasure{dm};
  burst.snr = snr;
  burst.width = Seconds{4e-3};
  return burst;
}

// Passes the stream through in chunks of random lengths up to `longest`.
Injected inject(const Observation& observation, const std::vector<std::byte>& bytes,
                const InjectionRule& rule, std::uint64_t longest, const std::vector<Gap>& gaps = {},
                std::size_t place = 0, std::size_t beams = 1, std::vector<Asked> asked = {}) {
  Injected result;
  LiveInjector injector{observation, rule, place, beams,
                        [&](const InjectedBurst& burst) { result.bursts.push_back(burst); }};
  std::mt19937 random{static_cast<unsigned>(longest)};
  const std::size_t row = observation.spectrum_bytes();
  for (std::uint64_t first = 0; first < samples;) {
    std::uint64_t count = std::min<std::uint64_t>(samples - first, 1 + random() % longest);
    while (!asked.empty() && asked.front().at == first) {
      const std::uint64_t number = 100 + result.planned.size();
      result.planned.push_back(injector.request(number, asked.front().burst));
      asked.erase(asked.begin());
    }
    if (!asked.empty()) count = std::min(count, asked.front().at - first);
    std::vector<Gap> inside;
    for (const Gap& gap : gaps) {
      const std::uint64_t from = std::max(gap.first, first);
      const std::uint64_t to = std::min(gap.end(), first + count);
      if (from < to) inside.push_back({from, to - from, gap.fate});
    }
    const FilterbankChunk chunk{first,
                                static_cast<std::size_t>(count),
                                channels,
                                observation.format,
                                std::span{bytes}.subspan(first * row, count * row),
                                inside};
    const FilterbankChunk out = injector.add(chunk);
    REQUIRE(out.first() == first);
    REQUIRE(out.samples() == count);
    REQUIRE(out.gaps().size() == inside.size());
    for (std::size_t t = 0; t < count; ++t) {
      const auto spectrum = out.spectrum(t);
      result.bytes.insert(result.bytes.end(), spectrum.begin(), spectrum.end());
    }
    first += count;
  }
  result.left_out = injector.left_out();
  return result;
}

}  // namespace

TEST_CASE("bursts come once in each interval, one after another", "[training][live_injector]") {
  const Observation observation = make_observation(float_samples);
  const auto noise = make_noise(observation);
  const Injected injected = inject(observation, noise, every(4.0), 3000);
  REQUIRE(injected.bursts.size() == 4);
  std::uint64_t number = 0;
  for (const InjectedBurst& made : injected.bursts) {
    CHECK(made.number == ++number);
    const double toa = made.truth.burst.toa.value();
    CHECK(toa >= 4.0 * static_cast<double>(number));
    CHECK(toa < 4.0 * static_cast<double>(number) + 2.0);
    CHECK(made.truth.burst.snr >= 10.0);
    CHECK(made.truth.burst.snr < 30.0);
    CHECK(made.truth.frac_inside == 1.0);
    CHECK(made.tolerance.time.value() > 0.0);
  }
  // Nothing is changed outside of them.
  std::vector<std::byte> rest = injected.bytes;
  const std::size_t row = observation.spectrum_bytes();
  for (const InjectedBurst& made : injected.bursts) {
    const auto toa = static_cast<std::uint64_t>(made.truth.burst.toa.value() * 1e3);
    for (std::uint64_t n = toa - 60; n < std::min(made.end, samples); ++n) {
      std::copy_n(noise.begin() + static_cast<std::ptrdiff_t>(n * row), row,
                  rest.begin() + static_cast<std::ptrdiff_t>(n * row));
    }
  }
  CHECK((rest == noise));
}

TEST_CASE("a burst is as strong as was said", "[training][live_injector]") {
  const Observation observation = make_observation(float_samples);
  const auto noise = make_noise(observation);
  InjectionRule rule = every(12.0);
  rule.snr_min = rule.snr_max = 40.0;
  const Injected injected = inject(observation, noise, rule, 3000);
  REQUIRE(injected.bursts.size() == 1);
  double squares = 0.0;
  std::vector<float> before(channels);
  std::vector<float> after(channels);
  const std::size_t row = observation.spectrum_bytes();
  for (std::uint64_t n = 0; n < samples; ++n) {
    unpack_spectrum(std::span{noise}.subspan(n * row, row), observation.format, before);
    unpack_spectrum(std::span{injected.bytes}.subspan(n * row, row), observation.format, after);
    for (std::size_t c = 0; c < channels; ++c) {
      squares += std::pow(static_cast<double>(after[c] - before[c]) / 10.0, 2);
    }
  }
  // Sigma of 512 values by quartiles is known to 5 % in a channel, 1 % in all.
  CHECK(std::sqrt(squares) == Approx(40.0).epsilon(0.05));
}

TEST_CASE("what is injected does not depend on chunks", "[training][live_injector][property]") {
  const Observation observation =
      make_observation(GENERATE(SampleFormat{2}, SampleFormat{8}, float_samples));
  const auto noise = make_noise(observation);
  const std::vector<Gap> gaps{{4100, 300, Fate::missing}, {9000, 20, Fate::late}};
  const Injected whole = inject(observation, noise, every(3.0), 10 * samples, gaps);
  CHECK(whole.bursts.size() >= 5);
  CHECK_FALSE(whole.bytes == noise);
  for (const std::uint64_t longest : {7, 600, 5000}) {
    const Injected pieces = inject(observation, noise, every(3.0), longest, gaps);
    CHECK((pieces.bytes == whole.bytes));  // in parentheses: not printed
    CHECK(pieces.bursts.size() == whole.bursts.size());
  }
  // Gaps hold nothing.
  const std::size_t row = observation.spectrum_bytes();
  for (const Gap& gap : gaps) {
    const auto from = static_cast<std::ptrdiff_t>(gap.first * row);
    CHECK(std::equal(noise.begin() + from,
                     noise.begin() + from + static_cast<std::ptrdiff_t>(gap.samples * row),
                     whole.bytes.begin() + from));
  }
}

TEST_CASE("beams take turns", "[training][live_injector]") {
  const Observation observation = make_observation({8});
  const auto noise = make_noise(observation);
  std::vector<std::uint64_t> numbers;
  for (std::size_t beam = 0; beam < 3; ++beam) {
    for (const auto& made : inject(observation, noise, every(2.5), 4000, {}, beam, 3).bursts) {
      CHECK(made.number % 3 == (beam + 1) % 3);
      numbers.push_back(made.number);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  for (std::size_t i = 0; i < numbers.size(); ++i) CHECK(numbers[i] == i + 1);
  CHECK(numbers.size() >= 6);
}

TEST_CASE("where there is no noise to measure, none is injected", "[training][live_injector]") {
  const Observation observation = make_observation({8});
  const std::vector<std::byte> dead(samples * observation.spectrum_bytes(), std::byte{96});
  const Injected in_dead = inject(observation, dead, every(4.0), 3000);
  CHECK((in_dead.bytes == dead));
  CHECK(in_dead.bursts.empty());
  CHECK(in_dead.left_out == 4);

  const auto noise = make_noise(observation);
  const Injected in_gap =
      inject(observation, noise, every(12.0), 3000, {{11'000, 6'500, Fate::missing}});
  CHECK((in_gap.bytes == noise));
  CHECK(in_gap.left_out == 1);
}

TEST_CASE("bursts that are asked for come one behind the other", "[training][live_injector]") {
  const Observation observation = make_observation(float_samples);
  const auto noise = make_noise(observation);
  InjectionRule rule = every(1.0);
  rule.every.reset();
  CHECK((inject(observation, noise, rule, 3000).bytes == noise));
  const Injected injected = inject(
      observation, noise, rule, 3000, {}, 0, 1,
      {{0, burst_of(100.0, 40.0)}, {0, burst_of(300.0, 20.0)}, {9000, burst_of(50.0, 30.0)}});
  REQUIRE(injected.bursts.size() == 3);
  std::uint64_t free = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const InjectedBurst& made = injected.bursts[i];
    const PlannedBurst& planned = injected.planned[i];
    if (i == 2) free = 9000;
    CHECK(made.requested);
    CHECK(made.number == 100 + i);
    CHECK(made.end == planned.end);
    CHECK(made.truth.burst == planned.burst);
    CHECK(made.truth.frac_inside == 1.0);
    // As soon as its noise is known, and not before.
    CHECK(planned.first >= free + LiveInjector::noise_spectra);
    CHECK(planned.first <= free + LiveInjector::noise_spectra + 2);
    free = planned.end;
  }
  // Nothing is changed outside of them, and they are as strong as was said.
  const std::size_t row = observation.spectrum_bytes();
  std::vector<double> squares(3);
  std::vector<float> before(channels);
  std::vector<float> after(channels);
  for (std::uint64_t n = 0; n < samples; ++n) {
    unpack_spectrum(std::span{noise}.subspan(n * row, row), observation.format, before);
    unpack_spectrum(std::span{injected.bytes}.subspan(n * row, row), observation.format, after);
    const auto in = std::ranges::find_if(injected.planned, [n](const PlannedBurst& planned) {
      return n >= planned.first && n < planned.end;
    });
    if (in == injected.planned.end()) {
      REQUIRE(before == after);
      continue;
    }
    for (std::size_t c = 0; c < channels; ++c) {
      squares[static_cast<std::size_t>(in - injected.planned.begin())] +=
          std::pow(static_cast<double>(after[c] - before[c]) / 10.0, 2);
    }
  }
  CHECK(std::sqrt(squares[0]) == Approx(40.0).epsilon(0.05));
  CHECK(std::sqrt(squares[1]) == Approx(20.0).epsilon(0.05));
  CHECK(std::sqrt(squares[2]) == Approx(30.0).epsilon(0.05));
}

TEST_CASE("what is asked for does not depend on chunks, nor the rule's bursts on it",
          "[training][live_injector][property]") {
  const Observation observation = make_observation(GENERATE(SampleFormat{8}, float_samples));
  const auto noise = make_noise(observation);
  const std::vector<Asked> asked{{0, burst_of(100.0, 20.0)},
                                 {6000, burst_of(200.0, 15.0)},
                                 {6000, burst_of(30.0, 12.0)},
                                 {13'500, burst_of(400.0, 25.0)}};
  const Injected alone = inject(observation, noise, every(3.0), 10 * samples);
  const Injected whole = inject(observation, noise, every(3.0), 10 * samples, {}, 0, 1, asked);
  REQUIRE(whole.planned.size() == 4);
  for (const std::uint64_t longest : {7, 600, 5000}) {
    const Injected pieces = inject(observation, noise, every(3.0), longest, {}, 0, 1, asked);
    CHECK((pieces.bytes == whole.bytes));
    CHECK(pieces.bursts.size() == whole.bursts.size());
  }
  // In order, none into another or into the noise before it; the rule's where they always are.
  std::uint64_t free = 0;
  std::size_t requested = 0;
  for (const InjectedBurst& made : whole.bursts) {
    requested += made.requested ? 1 : 0;
    const auto toa = static_cast<std::uint64_t>(made.truth.burst.toa.value() * 1e3);
    CHECK(toa > free);
    free = made.end;
    if (made.requested) continue;
    const auto same = std::ranges::find_if(
        alone.bursts, [&made](const InjectedBurst& other) { return other.number == made.number; });
    REQUIRE(same != alone.bursts.end());
    CHECK(same->truth.burst == made.truth.burst);
  }
  CHECK(requested == 4);
  CHECK(whole.bursts.size() > requested + 1);
}

TEST_CASE("rules that make no sense are refused", "[training][live_injector]") {
  const Observation observation = make_observation({8});
  const auto refused = [&](auto change) {
    InjectionRule rule = every(4.0);
    change(rule);
    CHECK_THROWS_AS(LiveInjector(observation, rule, 0, 1, [](const InjectedBurst&) {}),
                    ConfigError);
  };
  refused([](InjectionRule& rule) { rule.every = Seconds{0.0}; });
  refused([](InjectionRule& rule) { rule.snr_min = 40.0; });
  refused([](InjectionRule& rule) { rule.width_min = Seconds{0.0}; });
  refused([](InjectionRule& rule) { rule.dm_max = DispersionMeasure{1.0}; });
}
