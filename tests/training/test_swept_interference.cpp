// Interference that sweeps, and blips: where it lies, how strong it is, and that it is no burst.
#include <array>
#include <cmath>
#include <map>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/training/spoilt_sky.hpp"
#include "training/event_schedule.hpp"
#include "training/swept_signal.hpp"

using namespace draftstream;
using namespace draftstream::test;

namespace {

SweptSignal straight_sweep(std::size_t count) {
  SweptSignal signal;
  signal.strengths.assign(count, 1.0F);
  for (std::size_t edge = 0; edge <= count; ++edge) {
    signal.crossings.push_back(static_cast<double>(edge) / static_cast<double>(count));
  }
  return signal;
}

std::vector<float> added(const SweptSignal& signal, std::size_t all, std::size_t rows) {
  std::vector<float> values(all * rows, 0.0F);
  add_swept_signal(signal, {0, rows, all, values});
  return values;
}

// Runs of spectra that hold anything.
struct Run {
  std::size_t first, end;
};
std::vector<Run> runs(const std::vector<float>& values) {
  std::vector<Run> found;
  bool inside = false;
  for (std::size_t t = 0; t < samples; ++t) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(t * channels);
    const bool any = std::any_of(begin, begin + channels, [](float v) { return v != 0.0F; });
    if (any && !inside) found.push_back({t, t});
    if (any) found.back().end = t + 1;
    inside = any;
  }
  return found;
}

// Mean time of a channel's power in a run; -1 without any.
double mean_time(const std::vector<float>& values, const Run& run, std::size_t channel) {
  double sum = 0.0;
  double moment = 0.0;
  for (std::size_t t = run.first; t < run.end; ++t) {
    const double value = values[t * channels + channel];
    sum += value;
    moment += value * (static_cast<double>(t) + 0.5);
  }
  return sum > 0.0 ? moment / sum : -1.0;
}

}  // namespace

TEST_CASE("a sweep passes channel after channel", "[training][interference][swept]") {
  SweptSignal signal = straight_sweep(4);
  signal.first = 10;
  signal.samples = 10;  // 8 of sweep and 2 of width: two to enter and leave, two to end
  signal.width = 2.0;
  signal.first_channel = 1;
  signal.strengths = {1.0F, 2.0F, 1.0F, 1.0F};
  signal.snr = 2.0 * std::sqrt(28.0);  // squares: 4 samples of each of 1 + 4 + 1 + 1
  const auto values = added(signal, 6, 30);
  for (std::size_t t = 0; t < 30; ++t) {
    for (std::size_t c = 0; c < 6; ++c) {
      const std::size_t enters = 10 + 2 * (c - 1);  // by hand
      const bool inside = c >= 1 && c <= 4 && t >= enters && t < enters + 4;
      CAPTURE(t, c);
      CHECK(std::abs(values[t * 6 + c] - (inside ? (c == 2 ? 4.0F : 2.0F) : 0.0F)) < 1e-5F);
    }
  }
}

TEST_CASE("a sweep has the S/N that it is told", "[training][interference][swept][property]") {
  SweptSignal signal = straight_sweep(16);
  signal.samples = GENERATE(1U, 2U, 5U, 40U, 900U);
  signal.width = GENERATE(0.5, 0.1, 3.7);
  signal.smooth = GENERATE(false, true);
  signal.snr = 33.0;
  signal.strengths[3] = 7.0F;
  if (signal.width > static_cast<double>(signal.samples)) signal.width = 0.5;
  double squares = 0.0;
  std::size_t covered = 0;
  const auto values = added(signal, 16, 1000);
  for (std::size_t t = 0; t < 1000; ++t) {
    bool any = false;
    for (std::size_t c = 0; c < 16; ++c) {
      const double value = values[t * 16 + c];
      squares += value * value;
      any = any || value != 0.0;
    }
    covered += any ? 1 : 0;
  }
  CAPTURE(signal.samples, signal.width, signal.smooth);
  CHECK(std::abs(std::sqrt(squares) - 33.0) < 1e-3);
  CHECK(covered == signal.samples);  // without holes
}

TEST_CASE("sweeps come at their rate and cover what the truth says",
          "[training][interference][swept]") {
  const auto kind =
      GENERATE(InterferenceKind::chirps, InterferenceKind::perytons, InterferenceKind::blips);
  const Spoilt sky = spoil(kind, 2.5);
  CAPTURE(name(kind));
  CHECK(std::abs(static_cast<double>(sky.truth.events) - 250.0) < 40.0);
  CHECK(touched(sky.added, 0.0F) == sky.truth.samples);
  CHECK(touched(sky.stored, 1.0F) == 0);
  CHECK(touched_channels(sky.added, 0.0F).size() == channels);
  CHECK(sky.truth.channels.empty());
}

TEST_CASE("chirps rise and fall, in all of the band and in parts",
          "[training][interference][chirps]") {
  const Spoilt sky = spoil(InterferenceKind::chirps, 0.3);
  std::size_t rising = 0;
  std::size_t falling = 0;
  std::size_t partial = 0;
  for (const Run& run : runs(sky.added)) {
    if (run.end - run.first < 20) continue;  // too short to see a sweep
    std::vector<double> times;
    for (std::size_t c = 0; c < channels; ++c) {
      const double time = mean_time(sky.added, run, c);
      if (time >= 0.0) times.push_back(time);
    }
    partial += times.size() < channels ? 1 : 0;
    if (times.size() < 10) continue;
    // Channel 0 is the highest frequency.
    (times.front() > times.back() ? rising : falling) += 1;
  }
  CAPTURE(rising, falling, partial);
  CHECK(rising >= 4);
  CHECK(falling >= 4);
  CHECK(partial >= 6);
  CHECK(partial < rising + falling);
}

TEST_CASE("perytons follow a law that is not that of dispersion",
          "[training][interference][perytons]") {
  const Spoilt sky = spoil(InterferenceKind::perytons, 0.1);
  // Part of the sweep between the centres of channels 0 and 199 that has passed at channel 100.
  const auto share = [](double index) {
    const auto delay = [&](double mhz) { return std::pow(mhz, -index); };
    return (delay(1400.0) - delay(1500.0)) / (delay(1301.0) - delay(1500.0));
  };
  std::map<std::pair<int, bool>, std::size_t> laws;
  for (const Run& run : runs(sky.added)) {
    const double top = mean_time(sky.added, run, 0);
    const double bottom = mean_time(sky.added, run, channels - 1);
    if (std::abs(bottom - top) < 300.0) continue;  // too short to tell
    const double found = (mean_time(sky.added, run, 100) - top) / (bottom - top);
    for (const int index : {1, 2, 4}) {
      if (std::abs(found - share(index)) < 0.008) ++laws[{index, bottom < top}];
    }
  }
  std::size_t all = 0;
  for (const auto& [law, count] : laws) all += count;
  CAPTURE(all);
  CHECK(all >= 3);
  CHECK(laws.count({2, false}) == 0);  // f^-2, low frequencies last: a burst
  CHECK(laws.count({4, true}) == 0);
}

TEST_CASE("blips are boxes in a few channels", "[training][interference][blips]") {
  const Spoilt sky = spoil(InterferenceKind::blips, 0.5);
  std::size_t widest = 0;
  for (const Run& run : runs(sky.added)) {
    if (run.end - run.first > 50) continue;  // two of them
    std::set<std::size_t> of_run;
    for (std::size_t t = run.first; t < run.end; ++t) {
      for (std::size_t c = 0; c < channels; ++c) {
        if (sky.added[t * channels + c] != 0.0F) of_run.insert(c);
      }
    }
    REQUIRE(of_run.size() <= 20);
    widest = std::max(widest, of_run.size());
    const float power = sky.added[run.first * channels + *of_run.begin()];
    const auto duration = static_cast<double>(run.end - run.first);
    REQUIRE(double{power} * std::pow(duration, 0.25) > 0.999);
    REQUIRE(double{power} * std::pow(duration, 0.25) < 30.001);
  }
  CHECK(widest > 5);    // of 1 to 10
  CHECK(widest <= 20);  // two side by side
}
