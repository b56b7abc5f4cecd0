// Bursts in recordings: what of them comes back, and that nothing else is changed.
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "replay/recording.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/training/matched_filter.hpp"
#include "training/burst_set.hpp"
#include "training/channel_noise.hpp"
#include "training/inject.hpp"
#include "training/levels.hpp"
#include "training/sky.hpp"

using namespace draftstream;
using namespace draftstream::test;

namespace {

constexpr std::size_t channels = 64;

SkyOptions noise(int bits, double duration_s = 20.0) {
  SkyOptions options;
  options.nchans = channels;
  options.tsamp = Seconds{1e-3};
  options.duration = Seconds{duration_s};
  options.nbits = bits;
  options.seed = 8;
  return options;
}

std::vector<float> values_of(const std::string& path) {
  const auto recording = open_recording(path);
  const Observation& observation = recording->observation();
  const std::size_t row = observation.spectrum_bytes();
  std::vector<std::byte> bytes(observation.samples.value() * row);
  recording->read(0, bytes);
  std::vector<float> values(observation.samples.value() * channels);
  for (std::size_t t = 0; t < observation.samples.value(); ++t) {
    unpack_spectrum(std::span{bytes}.subspan(t * row, row), observation.format,
                    std::span{values}.subspan(t * channels, channels));
  }
  return values;
}

Injection of(const std::string& burst) {
  Injection injection;
  injection.bursts = {parse_burst(burst)};
  return injection;
}

}  // namespace

TEST_CASE("the matched filter finds in a recording what was added to it",
          "[training][inject][property]") {
  struct Row {
    int bits;
    double kept;  // of the S/N, after quantising, as by a digitiser that saw the burst
  };
  const auto row = GENERATE(
      values<Row>({{1, 0.7979}, {2, 0.9386}, {4, 0.9942}, {8, 0.9995}, {16, 1.0}, {32, 1.0}}));
  const TemporaryFolder folder;
  simulate(noise(row.bits, 120.0), folder.file("noise.fil"));
  Injection injection;
  injection.bursts = many_bursts(8.0);
  const Truth truth = inject(injection, {folder.file("noise.fil")}, folder.file("sky.fil"));

  const auto recording = open_recording(folder.file("sky.fil"));
  const MatchedFilter filter{values_of(folder.file("sky.fil")), recording->observation()};
  double mean = 0.0;
  double square = 0.0;
  const auto n = static_cast<double>(truth.bursts.size());
  for (const TrueBurst& burst : truth.bursts) {
    REQUIRE(burst.frac_inside == 1.0);
    const double error = filter.snr(burst.burst) - row.kept * burst.burst.snr;
    mean += error / n;
    square += error * error / n;
  }
  CAPTURE(row.bits, mean, square);
  CHECK(std::abs(mean) < 4.0 / std::sqrt(n) + 0.02 * 8.0);  // 1 % as of a sky, 1 % of the noise
  CHECK(std::abs(square - 1.0) < 4.5 * std::sqrt(2.0 / n));
}

TEST_CASE("what holds no burst is copied as it was", "[training][inject]") {
  const int bits = GENERATE(1, 2, 4, 8, 16, 32);
  const TemporaryFolder folder;
  simulate(noise(bits), folder.file("noise.fil"));
  const Injection injection = of("dm=100,t=5,snr=60");
  const Truth truth = inject(injection, {folder.file("noise.fil")}, folder.file("sky.fil"));
  const auto before = values_of(folder.file("noise.fil"));
  const auto after = values_of(folder.file("sky.fil"));
  REQUIRE(before.size() == after.size());
  const auto recording = open_recording(folder.file("sky.fil"));
  const BurstTemplate shape{injection.bursts[0], recording->observation().frequency, Seconds{1e-3}};
  std::size_t changed = 0;
  std::size_t elsewhere = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == after[i]) continue;
    ++changed;
    const SampleRange range = shape.range(i % channels);
    const auto t = static_cast<std::int64_t>(i / channels);
    elsewhere += t < range.first || t >= range.end ? 1 : 0;
    REQUIRE(after[i] > before[i]);
  }
  CAPTURE(bits);
  CHECK(changed > 100);
  CHECK(elsewhere == 0);
  CHECK(truth.clipped == (bits >= 8 ? 0 : truth.clipped));
  CHECK(truth.recording == "sky.fil");
  CHECK(truth.background == std::vector<std::string>{"noise.fil"});
  const Truth read = read_truth(folder.file("sky.truth.json"));
  CHECK(read.background == truth.background);
  CHECK(read.clipped == truth.clipped);
  CHECK(read.interference.empty());
  CHECK(read.nbits == bits);

  // The same once more, the same bytes; another seed, other ones where integers were rounded.
  inject(injection, {folder.file("noise.fil")}, folder.file("again.fil"));
  CHECK(values_of(folder.file("again.fil")) == after);
  Injection other = injection;
  other.seed = 2;
  inject(other, {folder.file("noise.fil")}, folder.file("other.fil"));
  CHECK((values_of(folder.file("other.fil")) == after) == (bits == 32));
}

TEST_CASE("each channel's noise is measured in spite of interference",
          "[training][inject][noise]") {
  struct Row {
    int bits;
    double tolerance;  // relative, of sigma; 16384 values make 1 %
  };
  const auto row = GENERATE(values<Row>({{2, 0.05}, {4, 0.05}, {8, 0.04}, {16, 0.04}, {32, 0.04}}));
  const TemporaryFolder folder;
  SkyOptions options = noise(row.bits);
  options.interference = parse_interference("dead:0.05,impulses:5,blips:5");
  const Truth truth = simulate(options, folder.file("noise.fil"));
  const auto recording = open_recording(folder.file("noise.fil"));
  const ChannelNoise found = measure_noise(*recording);
  const Levels levels = make_levels(recording->observation(), options.seed);
  REQUIRE(truth.interference.size() == 3);
  std::vector<bool> dead(channels, false);
  for (const std::size_t c : truth.interference[2].channels) dead[c] = true;
  for (std::size_t c = 0; c < channels; ++c) {
    CAPTURE(row.bits, c, found.sigma[c], found.mean[c]);
    CHECK(found.live()[c] == !dead[c]);
    if (dead[c]) continue;
    CHECK(std::abs(found.sigma[c] / double{levels.sigma[c]} - 1.0) < row.tolerance);
    CHECK(std::abs(found.mean[c] - double{levels.mean[c]}) < 0.1 * double{levels.sigma[c]});
  }
}

TEST_CASE("one threshold tells where the mean lies in sigmas", "[training][inject][noise]") {
  const TemporaryFolder folder;
  simulate(noise(1), folder.file("noise.fil"));
  const auto recording = open_recording(folder.file("noise.fil"));
  const ChannelNoise found = measure_noise(*recording);
  for (std::size_t c = 0; c < channels; ++c) {
    CHECK(found.sigma[c] == 0.5);
    CHECK(std::abs(found.mean[c] - 0.5) < 0.03);
  }
}

TEST_CASE("dead channels get nothing, and S/N is that of the others", "[training][inject]") {
  const TemporaryFolder folder;
  SkyOptions options = noise(8);
  options.interference = parse_interference("dead:0.5");
  const Truth dead = simulate(options, folder.file("noise.fil"));
  REQUIRE(dead.interference[0].channels.size() == 32);
  const Truth truth =
      inject(of("dm=100,t=5,snr=60"), {folder.file("noise.fil")}, folder.file("sky.fil"));
  const auto after = values_of(folder.file("sky.fil"));
  for (std::size_t t = 0; t < 20'000; t += 7) {
    for (const std::size_t c : dead.interference[0].channels) REQUIRE(after[t * channels + c] == 0);
  }
  // Half of the channels hold the S/N of all: root of two times as much each.
  simulate(noise(8), folder.file("whole.fil"));
  const Truth whole =
      inject(of("dm=100,t=5,snr=60"), {folder.file("whole.fil")}, folder.file("all.fil"));
  CHECK(std::abs(truth.bursts[0].peak_sigma / whole.bursts[0].peak_sigma - std::sqrt(2.0)) < 0.02);
  CHECK(std::abs(truth.bursts[0].boxcar_snr / whole.bursts[0].boxcar_snr - 1.0) < 0.02);
}

TEST_CASE("a set of bursts leaves channels alone that are not live", "[training][inject]") {
  const Observation observation = Sky{noise(8)}.observation();
  std::vector<bool> live(channels, true);
  live[3] = live[40] = false;
  const BurstSet bursts{{parse_burst("dm=0,t=5,snr=60")}, observation, {live, {}}};
  std::vector<float> values(200 * channels, 0.0F);
  bursts.add({4900, 200, channels, values});
  CHECK(bursts.meets(4900, 5100));
  CHECK_FALSE(bursts.meets(0, 4900));
  for (std::size_t c = 0; c < channels; ++c) {
    CHECK((values[100 * channels + c] == 0.0F) == !live[c]);
  }
}

TEST_CASE("values past the end of the format are clipped and counted", "[training][inject]") {
  const TemporaryFolder folder;
  simulate(noise(8), folder.file("noise.fil"));
  const Truth truth = inject(of("dm=100,t=5,snr=3000,width_ms=5"), {folder.file("noise.fil")},
                             folder.file("sky.fil"));
  const auto after = values_of(folder.file("sky.fil"));
  const auto full = std::count(after.begin(), after.end(), 255.0F);
  CHECK(truth.clipped > 50);
  // Those that came to 255 by themselves are no clipped ones.
  CHECK(static_cast<std::uint64_t>(full) >= truth.clipped);
  CHECK(static_cast<double>(full) < 1.1 * static_cast<double>(truth.clipped) + 5.0);
}

TEST_CASE("files that continue each other become one, with zeros between them",
          "[training][inject]") {
  const TemporaryFolder folder;
  SkyOptions options = noise(8, 4.0);
  simulate(options, folder.file("a.fil"));
  options.start.second_of_day += 4.5;  // 500 samples are missing
  options.seed = 9;
  simulate(options, folder.file("b.fil"));
  const Truth truth = inject(of("dm=300,t=3.9,snr=100"),
                             {folder.file("a.fil"), folder.file("b.fil")}, folder.file("sky.fil"));
  CHECK(truth.samples == 8500);
  CHECK(truth.background == std::vector<std::string>{"a.fil", "b.fil"});
  const auto first = values_of(folder.file("a.fil"));
  const auto second = values_of(folder.file("b.fil"));
  const auto all = values_of(folder.file("sky.fil"));
  REQUIRE(all.size() == 8500 * channels);
  CHECK(std::equal(first.begin(), first.begin() + 3500 * channels, all.begin()));
  CHECK(std::equal(second.begin() + 1000 * channels, second.end(), all.begin() + 5500 * channels));
  CHECK(std::count(all.begin() + 4000 * channels, all.begin() + 4500 * channels, 0.0F) ==
        500 * channels);
}

TEST_CASE("what cannot be added is refused", "[training][inject]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("noise.fil");
  simulate(noise(8), path);
  const std::string out = folder.file("sky.fil");
  CHECK_THROWS_WITH(inject({}, {path}, out), ContainsSubstring("found no burst to be added"));
  CHECK_THROWS_WITH(inject(of("dm=1,t=1"), {path}, path),
                    ContainsSubstring("as what is to be written, expected another file"));
  std::filesystem::create_symlink(path, folder.file("link.fil"));
  CHECK_THROWS_WITH(inject(of("dm=1,t=1"), {path}, folder.file("link.fil")),
                    ContainsSubstring("expected another file"));
  CHECK_THROWS_WITH(inject(of("dm=1,t=30"), {path}, out),
                    ContainsSubstring("key 't': found 30 s, expected a sweep that meets"));
  CHECK_THROWS_AS(inject(of("dm=1,t=1"), {folder.file("none.fil")}, out), MissingInput);
  CHECK_THROWS_AS(inject(of("dm=1,t=1"), {path}, folder.file("sky.xyz")), std::invalid_argument);
  CHECK_FALSE(std::filesystem::exists(out));

  SkyOptions silent = noise(8);
  silent.interference = parse_interference("dead:1");
  simulate(silent, folder.file("dead.fil"));
  CHECK_THROWS_WITH(inject(of("dm=1,t=1"), {folder.file("dead.fil")}, out),
                    ContainsSubstring("found one value in each channel, expected noise"));
}
