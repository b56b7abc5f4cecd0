// The rendered sky: its noise, its bursts, and that no piece depends on how it was asked for.
#include <cmath>
#include <filesystem>
#include <vector>

#include "ingest/errors.hpp"
#include "ingest/samples.hpp"
#include "replay/recording.hpp"
#include "tests/support/catch.hpp"
#include "tests/training/matched_filter.hpp"
#include "tests/training/memory_writer.hpp"
#include "training/burst_template.hpp"
#include "training/levels.hpp"
#include "training/sky.hpp"

using namespace draftstream;
using test::many_bursts;
using test::MatchedFilter;
using test::MemoryWriter;
using test::stored;

namespace {

SkyOptions small_sky() {
  SkyOptions options;
  options.nchans = 64;
  options.tsamp = Seconds{1e-3};
  options.duration = Seconds{20.0};
  options.seed = 5;
  return options;
}

SkyOptions busy_sky() {
  SkyOptions options = small_sky();
  options.bursts = {
      parse_burst("dm=300,t=4.1,snr=50,tau_ms=5"), parse_burst("dm=100,t=4.05,snr=90"),
      parse_burst("dm=200,t=8,snr=90,components=3,spacing_ms=20,slant_ms=3,scint_mhz=20")};
  options.random_bursts.count = 3;
  options.interference = parse_interference("storm,chirps:2,perytons,blips:20,red-noise");
  return options;
}

std::vector<float> render(const Sky& sky, std::uint64_t first, std::uint64_t samples) {
  std::vector<float> values(samples * sky.observation().frequency.channels());
  sky.render(first, values);
  return values;
}

}  // namespace

TEST_CASE("band edges, order and length become a header", "[training][sky]") {
  SkyOptions options = small_sky();
  options.duration = Seconds{0.0104};
  const Observation down = Sky{options}.observation();
  CHECK(down.frequency.first() == Megahertz{1500.0 - 300.0 / 128.0});
  CHECK(down.frequency.step() == Megahertz{-300.0 / 64.0});
  CHECK(down.samples == 10U);
  CHECK(down.time.sample_time == Seconds{1e-3});
  options.ascending = true;
  const Observation up = Sky{options}.observation();
  CHECK(up.frequency.first() == Megahertz{1200.0 + 300.0 / 128.0});
  CHECK(up.frequency.step() == Megahertz{300.0 / 64.0});
}

TEST_CASE("an option out of range is refused by name", "[training][sky]") {
  const auto refused = [](auto change, const std::string& message) {
    SkyOptions options = small_sky();
    change(options);
    CHECK_THROWS_AS(Sky{options}, ConfigError);
    CHECK_THROWS_WITH(Sky{options}, ContainsSubstring(message));
  };
  refused([](SkyOptions& o) { o.nchans = 0; }, "nchans: found 0");
  refused([](SkyOptions& o) { o.band.bottom = o.band.top; }, "band: found both edges at 1500");
  refused([](SkyOptions& o) { o.band.bottom = Megahertz{1600.0}; }, "top of the band [MHz]");
  refused([](SkyOptions& o) { o.tsamp = Seconds{0.0}; }, "tsamp [s]: found 0");
  refused([](SkyOptions& o) { o.duration = Seconds{1e-5}; }, "duration in samples");
  refused([](SkyOptions& o) { o.nbits = 3; }, "nbits: found 3, expected 1, 2, 4, 8, 16 or 32");
  refused([](SkyOptions& o) { o.bursts = {parse_burst("dm=1,t=30")}; }, "key 't': found 30 s");
  refused([](SkyOptions& o) { o.bursts = {parse_burst("dm=1,t=1,band=1000-900")}; },
          "key 'band': found 1000 to 900");
  refused(
      [](SkyOptions& o) {
        o.random_bursts = {3, DispersionMeasure{0.0}};
      },
      "random bursts: DM");
}

TEST_CASE("no piece of the sky depends on how it was asked for", "[training][sky][property]") {
  const Sky sky{busy_sky()};
  const auto whole = render(sky, 0, 20'000);
  CHECK(whole == render(Sky{busy_sky()}, 0, 20'000));
  for (const std::size_t piece : {1U, 100U, 4095U, 4096U, 5000U, 16384U}) {
    CAPTURE(piece);
    for (std::size_t first = piece == 1 ? 4090 : 0; first < 20'000; first += piece) {
      if (piece == 1 && first > 4100) break;
      const std::size_t rows = std::min(piece, 20'000 - first);
      const auto part = render(sky, first, rows);
      REQUIRE(std::equal(part.begin(), part.end(),
                         whole.begin() + static_cast<std::ptrdiff_t>(first * 64)));
    }
  }
  std::vector<float> one_more(64);
  CHECK_THROWS_AS(sky.render(20'000, one_more), std::out_of_range);
}

TEST_CASE("a recording does not depend on the threads that made it", "[training][sky][threads]") {
  const Sky sky{busy_sky()};
  const auto whole = render(sky, 0, 20'000);
  for (const unsigned threads : {1U, 2U, 5U}) {
    MemoryWriter writer;
    std::uint64_t told = 0;
    write_sky(sky, writer, threads, [&](std::uint64_t written, std::uint64_t samples) {
      CHECK(written > told);
      CHECK(samples == 20'000);
      told = written;
    });
    CHECK(writer.values == whole);
    CHECK(writer.finished);
    CHECK(writer.pieces == 5);  // of 4096 spectra
    CHECK(told == 20'000);
  }
}

TEST_CASE("a failing disk ends the writing", "[training][sky][threads]") {
  struct FullDisk final : RecordingWriter {
    void write(std::span<const float> /*samples*/) override {
      if (++pieces == 2) throw std::runtime_error("full");
    }
    void finish() override {}
    int pieces = 0;
  };
  FullDisk writer;
  CHECK_THROWS_WITH(write_sky(Sky{busy_sky()}, writer, 2), "full");
  CHECK(writer.pieces == 2);
}

TEST_CASE("another seed is another sky, the same seed the same", "[training][sky]") {
  SkyOptions options = small_sky();
  const auto first = render(Sky{options}, 0, 100);
  CHECK(render(Sky{options}, 0, 100) == first);
  options.seed = 6;
  const auto second = render(Sky{options}, 0, 100);
  std::size_t same = 0;
  for (std::size_t i = 0; i < first.size(); ++i) same += first[i] == second[i] ? 1 : 0;
  CHECK(same < 3);
}

TEST_CASE("noise has the levels of its depth", "[training][sky][levels]") {
  struct Row {
    int bits;
    double mean, variance;  // after rounding, in the middle of the band
  };
  // 2 and 4 bits by hand: codes 0..3 (0..15) have normal probabilities between steps of 0.9957
  // (0.3352) sigma; 1 bit is a fair coin.
  const auto row = GENERATE(values<Row>({{1, 0.5, 0.25},
                                         {2, 1.5, 0.888792},
                                         {4, 7.5, 8.797306},
                                         {8, 96.0, 100.0},
                                         {16, 6144.0, 640.0 * 640.0},
                                         {32, 96.0, 100.0}}));
  SkyOptions options = small_sky();
  options.nbits = row.bits;
  const Sky sky{options};
  const auto values = stored(render(sky, 0, 20'000), sky.observation());
  const Levels levels = make_levels(sky.observation(), options.seed);
  CAPTURE(row.bits);
  for (std::size_t c = 0; c < 64; ++c) {
    double mean = 0.0;
    double square = 0.0;
    for (std::size_t t = 0; t < 20'000; ++t) {
      mean += values[t * 64 + c] / 20'000.0;
      square += double{values[t * 64 + c]} * values[t * 64 + c] / 20'000.0;
    }
    // The bandpass, which has a test of its own below.
    const double gain = row.bits < 8 ? 1.0 : levels.mean[c] / row.mean;
    const double rounding = row.bits == 8 || row.bits == 16 ? 1.0 / 12.0 : 0.0;
    const double variance = gain * gain * row.variance + rounding;
    CAPTURE(c, gain);
    CHECK(std::abs(mean - gain * row.mean) < 4.5 * std::sqrt(variance / 20'000.0));
    CHECK(std::abs((square - mean * mean) / variance - 1.0) < 4.5 * std::sqrt(2.0 / 20'000.0));
  }
}

TEST_CASE("the bandpass falls off at its edges and nowhere else", "[training][sky][levels]") {
  SkyOptions options = small_sky();
  options.nchans = 512;
  const Levels levels = make_levels(Sky{options}.observation(), 1);
  for (std::size_t c = 0; c < 512; ++c) {
    CAPTURE(c);
    CHECK(std::abs(levels.mean[c] / levels.sigma[c] - 9.6F) < 1e-4F);
    if (c >= 21 && c < 491) CHECK(std::abs(levels.mean[c] / 96.0F - 1.0F) < 0.18F);
  }
  CHECK(levels.mean[0] < 40.0F);
  CHECK(levels.mean[511] < 40.0F);
  CHECK(make_levels(Sky{options}.observation(), 2).mean != levels.mean);
}

TEST_CASE("the matched filter finds the S/N that was asked for", "[training][sky][property]") {
  struct Row {
    int bits;
    double kept;  // of the S/N, after quantising: Van Vleck for 1 bit, Max's optima for 2 and 4
  };
  const auto row = GENERATE(
      values<Row>({{1, 0.7979}, {2, 0.9386}, {4, 0.9942}, {8, 0.9995}, {16, 1.0}, {32, 1.0}}));
  SkyOptions options = small_sky();
  options.duration = Seconds{120.0};
  options.bursts = many_bursts(8.0);
  options.nbits = row.bits;
  const Sky sky{options};
  const MatchedFilter filter{stored(render(sky, 0, sky.truth().samples), sky.observation()),
                             sky.observation()};
  double mean = 0.0;
  double square = 0.0;
  const auto n = static_cast<double>(sky.truth().bursts.size());
  for (const TrueBurst& truth : sky.truth().bursts) {
    REQUIRE(truth.frac_inside == 1.0);
    const double error = filter.snr(truth.burst) - row.kept * truth.burst.snr;
    mean += error / n;
    square += error * error / n;
  }
  CAPTURE(row.bits, mean, square);
  CHECK(std::abs(mean) < 4.0 / std::sqrt(n) + 0.01 * 8.0);  // 1 %: bursts bias what is measured
  CHECK(std::abs(square - 1.0) < 4.5 * std::sqrt(2.0 / n));
}

TEST_CASE("dead channels take nothing from the S/N that was asked for",
          "[training][sky][property]") {
  SkyOptions options = small_sky();
  options.duration = Seconds{120.0};
  options.bursts = many_bursts(8.0);
  options.interference = parse_interference("dead:0.4,saturated:0.1");
  const Sky sky{options};
  const MatchedFilter filter{stored(render(sky, 0, sky.truth().samples), sky.observation()),
                             sky.observation()};
  double mean = 0.0;
  const auto n = static_cast<double>(sky.truth().bursts.size());
  for (const TrueBurst& truth : sky.truth().bursts) {
    REQUIRE(truth.frac_inside == 1.0);
    mean += (filter.snr(truth.burst) - truth.burst.snr) / n;
  }
  CHECK(std::abs(mean) < 4.0 / std::sqrt(n) + 0.01 * 8.0);
}

TEST_CASE("what a dropout takes of a burst is not inside", "[training][sky]") {
  SkyOptions options = small_sky();
  options.bursts = {parse_burst("dm=0,t=10,width_ms=20"), parse_burst("dm=1000,t=5,width_ms=20")};
  options.interference = parse_interference("dropouts:0.5");
  options.nbits = 32;
  bool cut = false;
  for (options.seed = 1; options.seed < 40; ++options.seed) {
    const Sky sky{options};
    const auto values = render(sky, 0, sky.truth().samples);
    for (const TrueBurst& truth : sky.truth().bursts) {
      const BurstTemplate shape{truth.burst, sky.observation().frequency,
                                sky.observation().time.sample_time};
      double all = 0.0;
      double kept = 0.0;
      for (std::size_t c = 0; c < options.nchans; ++c) {
        const SampleRange range = shape.range(c);
        std::vector<float> profile(static_cast<std::size_t>(range.samples()));
        shape.fill(c, range.first, profile);
        for (std::size_t i = 0; i < profile.size(); ++i) {
          const double power = double{profile[i]} * double{profile[i]};
          all += power;
          const auto t = static_cast<std::size_t>(range.first) + i;
          if (values[t * options.nchans + c] != 0.0F) kept += power;
        }
      }
      CAPTURE(options.seed, truth.burst.dm.value());
      CHECK(truth.frac_inside == Approx(kept / all).margin(1e-6));
      cut = cut || kept < 0.9 * all;
    }
  }
  CHECK(cut);
}

TEST_CASE("shifted back, the channels sum to the pulse that the truth tells",
          "[training][sky][property]") {
  SkyOptions options = small_sky();
  options.nbits = 32;
  options.bursts = {parse_burst("dm=800,t=10.0025,width_ms=6,snr=300")};
  const Sky sky{options};
  const Levels levels = make_levels(sky.observation(), options.seed);
  const auto values = render(sky, 0, 20'000);
  const FrequencyAxis& frequency = sky.observation().frequency;
  std::vector<double> series(15'000, 0.0);
  for (std::size_t c = 0; c < 64; ++c) {
    const double f = frequency.centre(c).value();
    const double top = frequency.highest().value();
    const double delay = 800.0 / 2.41e-4 * (1.0 / (f * f) - 1.0 / (top * top));
    const auto shift = static_cast<std::size_t>(std::llround(delay / 1e-3));
    for (std::size_t t = 0; t < series.size(); ++t) {
      const double value = values[(t + shift) * 64 + c];
      series[t] += (value - levels.mean[c]) / levels.sigma[c] / std::sqrt(64.0);
    }
  }
  const TrueBurst& truth = sky.truth().bursts[0];
  double best = 0.0;
  std::size_t best_width = 0;
  double best_middle = 0.0;
  for (std::size_t width = 1; width <= 512; ++width) {
    double sum = 0.0;
    for (std::size_t t = 0; t < series.size(); ++t) {
      sum += series[t] - (t >= width ? series[t - width] : 0.0);
      const double snr = sum / std::sqrt(static_cast<double>(width));
      if (snr > best) {
        best = snr;
        best_width = width;
        best_middle = 1e-3 * (static_cast<double>(t + 1) - 0.5 * static_cast<double>(width));
      }
    }
  }
  CHECK(std::abs(best - truth.boxcar_snr) < 4.0);  // unit variance, and the best of a few
  CHECK(std::abs(static_cast<double>(best_width) - truth.boxcar_samples) <= 3.0);
  CHECK(std::abs(best_middle - truth.boxcar_toa.value()) < 1.5e-3);
  CHECK(std::abs(truth.boxcar_toa.value() - 10.0025) < 1e-3);
  CHECK(truth.boxcar_snr < 300.0);
  CHECK(truth.boxcar_snr > 0.85 * 300.0);
}

TEST_CASE("a sweep over the end is marked with what is inside", "[training][sky]") {
  SkyOptions options = small_sky();  // 20 s; DM 1000 sweeps over about 1 s
  options.bursts = {parse_burst("dm=1000,t=5"), parse_burst("dm=1000,t=19.5"),
                    parse_burst("dm=1000,t=-0.5"), parse_burst("dm=0,t=20,width_ms=20")};
  const Sky sky{options};
  const auto& bursts = sky.truth().bursts;  // sorted
  REQUIRE(bursts.size() == 4);
  CHECK(bursts[0].burst.toa == Seconds{-0.5});
  CHECK(bursts[0].frac_inside > 0.3);
  CHECK(bursts[0].frac_inside < 0.7);
  CHECK(bursts[1].frac_inside == 1.0);
  CHECK(bursts[2].frac_inside > 0.3);
  CHECK(bursts[2].frac_inside < 0.7);
  // Like channels: half of them inside make half of the sum. The amplitude is that of the whole.
  CHECK(std::abs(bursts[2].boxcar_snr / bursts[1].boxcar_snr - bursts[2].frac_inside) < 0.03);
  CHECK(std::abs(bursts[3].frac_inside - 0.5) < 1e-6);
  CHECK(std::abs(bursts[3].snr_inside() - 20.0 * std::sqrt(0.5)) < 1e-4);
}

TEST_CASE("random bursts fit in and keep to their ranges", "[training][sky][random_bursts]") {
  SkyOptions options = small_sky();
  options.duration = Seconds{GENERATE(1.0, 60.0)};
  options.random_bursts.count = 40;
  const Sky sky{options};
  REQUIRE(sky.truth().bursts.size() == 40);
  std::size_t scattered = 0;
  std::size_t limited = 0;
  std::size_t scintillating = 0;
  std::size_t several = 0;
  std::size_t drifting = 0;
  std::size_t slanted = 0;
  for (const TrueBurst& truth : sky.truth().bursts) {
    CHECK(truth.burst.dm.value() <= 1500.0);
    CHECK(truth.burst.snr >= 10.0);
    CHECK(truth.burst.snr <= 60.0);
    CHECK(truth.burst.width.value() >= 2e-3);  // two samples
    CHECK(truth.burst.width.value() <= 10e-3);
    if (options.duration.value() > 10.0) CHECK(truth.frac_inside > 0.99);
    scattered += truth.burst.tau.value() > 0.0 ? 1 : 0;
    limited += truth.burst.band ? 1 : 0;
    scintillating += truth.burst.scint_scale.value() > 0.0 ? 1 : 0;
    several += truth.burst.components > 1 ? 1 : 0;
    drifting += truth.burst.drift_mhz_ms > 0.0 ? 1 : 0;
    slanted += truth.burst.slant.value() > 0.0 ? 1 : 0;
  }
  CHECK(scattered == 13);
  CHECK(limited == 10);  // those that drift are among them: 11, 23 and 35 are fourths, too
  CHECK(scintillating == 8);
  CHECK(several == 6);
  CHECK(drifting == 3);
  CHECK(slanted == 5);
}

TEST_CASE("a file and its truth lie beside each other", "[training][sky][simulate]") {
  const auto folder = std::filesystem::temp_directory_path() / "draftstream_test_simulate";
  std::filesystem::create_directories(folder);
  const std::string path = (folder / "sky.fil").string();
  SkyOptions options = busy_sky();
  options.nbits = GENERATE(2, 8, 32);
  const Truth truth = simulate(options, path, 2);
  CHECK(truth.recording == "sky.fil");

  const auto recording = open_recording(path);
  const Sky sky{options};
  CHECK(recording->observation().frequency.centre(63) == sky.observation().frequency.centre(63));
  REQUIRE(recording->observation().samples == sky.observation().samples);
  std::vector<std::byte> bytes(20'000 * recording->observation().spectrum_bytes());
  recording->read(0, bytes);
  const auto expected = stored(render(sky, 0, 20'000), sky.observation());
  std::vector<float> found(expected.size());
  for (std::size_t t = 0; t < 20'000; ++t) {
    const std::size_t row = recording->observation().spectrum_bytes();
    unpack_spectrum(std::span{bytes}.subspan(t * row, row), recording->observation().format,
                    std::span{found}.subspan(t * 64, 64));
  }
  CHECK(found == expected);

  const Truth read = read_truth((folder / "sky.truth.json").string());
  CHECK(read.bursts.size() == truth.bursts.size());
  CHECK(read.interference.size() == 11);
  std::filesystem::remove_all(folder);
}
