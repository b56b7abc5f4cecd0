// The share of S/N that trees keep, against pulses made sample by sample, and against figures of
// another program.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "engine/channel_order.hpp"
#include "engine/dispersion.hpp"
#include "engine/tree/efficiency.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

// Outer edges of the outer channels.
FrequencyAxis band(double top_mhz, double bottom_mhz, std::size_t channels) {
  const double step = (bottom_mhz - top_mhz) / static_cast<double>(channels);
  return {Megahertz{top_mhz + 0.5 * step}, Megahertz{step}, channels};
}

DmRange range(double min, double max, double tolerance) {
  return {DispersionMeasure{min}, DispersionMeasure{max}, tolerance, Seconds{40e-6}};
}

double gauss_until(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

// The simplest way to the same ratio: a recording [channel][time] without noise, shifted and
// summed; every box of every width that is asked for.
class PlainSearch {
 public:
  static constexpr int samples = 6144;

  PlainSearch(const FrequencyAxis& axis, double sample_time, double dm, double arrival, double fwhm)
      : axis_{axis}, sample_time_{sample_time}, dm_{dm} {
    const double sigma = fwhm / sample_time / std::sqrt(8.0 * std::log(2.0));
    for (std::size_t c = 0; c < axis.channels(); ++c) {
      std::vector<double> channel(samples, 0.0);
      const double f = axis.centre(c).value();
      const double smearing = 2.0 * dm * axis.channel_width().value() / (2.41e-4 * f * f * f);
      const double middle = arrival - behind(f);
      constexpr int parts = 64;  // of the smearing
      for (int part = 0; part < parts; ++part) {
        const double at = middle + ((part + 0.5) / parts - 0.5) * smearing / sample_time;
        const int from = static_cast<int>(at - 7.0 * sigma);
        const int to = static_cast<int>(at + 7.0 * sigma) + 1;
        REQUIRE(from >= 0);
        REQUIRE(to < samples);
        for (int t = from; t <= to; ++t) {
          channel[static_cast<std::size_t>(t)] +=
              (gauss_until((t + 1 - at) / sigma) - gauss_until((t - at) / sigma)) / parts;
        }
      }
      recording_.push_back(channel);
    }
  }

  [[nodiscard]] double exact() const {
    std::vector<double> series(samples, 0.0);
    for (std::size_t c = 0; c < recording_.size(); ++c) {
      add(recording_[c], std::lround(behind(axis_.centre(c).value())), series);
    }
    double best = 0.0;
    for (std::size_t width = 1; width <= 200; ++width) {
      best = std::max(best, box(series, width, 1) / std::sqrt(static_cast<double>(width)));
    }
    return best;
  }

  [[nodiscard]] double tree(const Octave& octave, const TreePlan& plan) const {
    const auto order = channels_by_rank(axis_);
    double best = 0.0;
    for (std::size_t k = 0; k < octave.trials.size(); ++k) {
      const auto track = plan.track(k);
      std::vector<double> series(samples / octave.downsample, 0.0);
      for (std::size_t c = 0; c < recording_.size(); ++c) {
        std::vector<double> coarse(series.size(), 0.0);
        for (std::size_t t = 0; t < samples; ++t) {
          coarse[t / octave.downsample] += recording_[order[c]][t];
        }
        add(coarse, track[c], series);
      }
      for (const std::size_t width :
           {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256}) {
        std::size_t step = 1;
        while (16 * step <= width) step *= 2;
        const double most = box(series, width, step);
        best = std::max(best, most / std::sqrt(static_cast<double>(width * octave.downsample)));
      }
    }
    return best;
  }

 private:
  // Of the lowest channel behind this frequency [samples].
  [[nodiscard]] double behind(double mhz) const {
    const double low = axis_.lowest().value();
    return dm_ / 2.41e-4 * (1.0 / (low * low) - 1.0 / (mhz * mhz)) / sample_time_;
  }

  static void add(const std::vector<double>& channel, long lag, std::vector<double>& series) {
    const auto late = static_cast<std::size_t>(lag);
    for (std::size_t t = late; t < series.size(); ++t) series[t] += channel[t - late];
  }

  static double box(const std::vector<double>& series, std::size_t width, std::size_t step) {
    std::vector<double> sums{0.0};
    for (const double value : series) sums.push_back(sums.back() + value);
    double most = 0.0;
    for (std::size_t i = 0; i + width < sums.size(); i += step) {
      most = std::max(most, sums[i + width] - sums[i]);
    }
    return most;
  }

  FrequencyAxis axis_;
  double sample_time_;
  double dm_;
  std::vector<std::vector<double>> recording_;
};

}  // namespace

TEST_CASE("ratios are those of pulses made and searched sample by sample", "[engine][efficiency]") {
  const Seconds sample_time{1e-3};
  for (const unsigned shift : {0U, 2U}) {
    const FrequencyAxis axis = shift == 0 ? band(1500.0, 1200.0, 48) : band(1200.0, 1500.0, 48);
    const auto octaves = plan_octaves(axis, sample_time, range(0.0, 450.0, 1.25), {shift, 1024});
    REQUIRE(octaves.size() >= 3);
    for (std::size_t o = 0; o < octaves.size(); ++o) {
      const Octave& octave = octaves[o];
      const TreePlan tree = plan_tree(axis, sample_time, octave);
      const TreeEfficiency efficiency{axis, sample_time, octave, tree};
      const double dm = 0.37 * octave.trials.front() + 0.63 * octave.trials.back();
      for (const double fwhm : {1.0, 5.0, 60.0}) {  // samples
        INFO("shift " << shift << ", octave " << o << ", DM " << dm << ", FWHM " << fwhm);
        const double arrival = 4096.0 + 19.3 * static_cast<double>(o) + 0.41;
        const Seconds widths[] = {fwhm * sample_time};
        const double found = efficiency.of_pulse(DispersionMeasure{dm}, arrival, widths)[0];
        const PlainSearch plain{axis, sample_time.value(), dm, arrival, widths[0].value()};
        const double expected = plain.tree(octave, tree) / plain.exact();
        CHECK(expected > 0.4);
        // Offsets are sorted into bins of an eighth of sigma, at most 1/64 of a sample.
        CHECK(std::abs(found - expected) < 0.005 * expected);
      }
    }
  }
}

// One channel, FWHM 8 samples, sigma 3.397. The best box is w = 9 or 10 samples: erf(4.5 / sqrt(2)
// sigma) / 3 = 0.8146 / 3 and 0.8588 / sqrt(10): 0.2716. In samples of 512 the pulse is whole in
// one, 1 / sqrt(512) = 0.04419, unless it lies over an edge.
TEST_CASE("a pulse far shorter than the samples", "[engine][efficiency]") {
  const FrequencyAxis axis{Megahertz{1400.0}, Megahertz{-1.0}, 1};
  const Octave octave{512, 1, {0.0}};
  const TreePlan tree = plan_tree(axis, Seconds{1e-3}, octave);
  const TreeEfficiency efficiency{axis, Seconds{1e-3}, octave, tree};
  const Seconds widths[] = {Seconds{8e-3}};
  const auto at = [&](double arrival) {
    return efficiency.of_pulse(DispersionMeasure{0.0}, arrival, widths)[0];
  };
  CHECK(std::abs(at(256.0) - 0.04419 / 0.2716) < 2e-4);
  CHECK(std::abs(at(5 * 512.0 + 100.0) - 0.04419 / 0.2716) < 2e-4);
  // Over an edge: both samples, 1 / sqrt(1024), are better than half in one.
  CHECK(std::abs(at(512.0) - 0.03125 / 0.2716) < 2e-4);
  CHECK(std::abs(at(0.0) - 0.03125 / 0.2716) < 2e-4);
}

// One channel, where a box of w samples up to the end e holds Phi((e - arrival) / sigma) less the
// same of e - w. Boxes of 256 and more are looked at every 32 or 64 samples only.
TEST_CASE("wide boxes lie where they are searched", "[engine][efficiency]") {
  const FrequencyAxis axis{Megahertz{1400.0}, Megahertz{-1.0}, 1};
  const Octave octave{1, 1, {0.0}};
  const TreePlan tree = plan_tree(axis, Seconds{1e-3}, octave);
  const TreeEfficiency efficiency{axis, Seconds{1e-3}, octave, tree};
  const Seconds widths[] = {Seconds{0.3}};
  const double sigma = 300.0 / std::sqrt(8.0 * std::log(2.0));
  const auto best = [&](double arrival, int width, int step) {
    double most = 0.0;
    for (int end = -1024; end <= 2048; end += step) {
      most = std::max(most, gauss_until((end - arrival) / sigma) -
                                gauss_until((end - width - arrival) / sigma));
    }
    return most / std::sqrt(static_cast<double>(width));
  };
  std::vector<double> ratios;
  for (const double arrival : {0.5, 16.5, 32.5, 50.5, 64.5, 200.5}) {
    const double searched =
        std::max({best(arrival, 256, 32), best(arrival, 384, 32), best(arrival, 512, 64)});
    double exact = 0.0;
    for (int width = 250; width <= 450; ++width) exact = std::max(exact, best(arrival, width, 1));
    ratios.push_back(efficiency.of_pulse(DispersionMeasure{0.0}, arrival, widths)[0]);
    INFO("arrival " << arrival);
    CHECK(std::abs(ratios.back() - searched / exact) < 1e-5);
  }
  CHECK(ratios[0] - ratios[1] > 1e-4);  // so that the steps matter at all
}

// One channel, DM 100: 2 * 100 / 2.41e-4 * 10 / 1400^3 s = 3.0243 ms, 3024.3 samples of 1 us, which
// the pulse fills evenly. The exact box holds it all. Boxes of w samples of 16 hold what lies in
// them.
TEST_CASE("a pulse smeared over many samples", "[engine][efficiency]") {
  const FrequencyAxis axis{Megahertz{1400.0}, Megahertz{-10.0}, 1};
  const double smearing = 2.0 * 100.0 / 2.41e-4 * 10.0 / (1400.0 * 1400.0 * 1400.0) / 1e-6;
  REQUIRE(std::abs(smearing - 3024.3) < 0.1);
  const Octave octave{16, 1, {100.0}};
  const TreePlan tree = plan_tree(axis, Seconds{1e-6}, octave);
  const TreeEfficiency efficiency{axis, Seconds{1e-6}, octave, tree};
  const Seconds widths[] = {Seconds{1e-6}};
  for (const double arrival : {0.0, 200.0, 480.0, 640.0, 1000.0}) {
    INFO("arrival " << arrival);
    double best = 0.0;
    for (const int width : {128, 192, 256}) {
      const int step = width == 256 ? 32 : 16;
      for (int end = -512; end <= 512; end += step) {
        const double inside = std::min(16.0 * end, arrival + 0.5 * smearing) -
                              std::max(16.0 * (end - width), arrival - 0.5 * smearing);
        best = std::max(best, inside / smearing / std::sqrt(16.0 * width));
      }
    }
    const double found = efficiency.of_pulse(DispersionMeasure{100.0}, arrival, widths)[0];
    // The exact box is looked for in steps of 16 samples.
    CHECK(std::abs(found - best * std::sqrt(smearing)) < 0.004);
  }
  CHECK(efficiency.of_pulse(DispersionMeasure{1e6}, 0.0, widths)[0] == 0.0);
}

TEST_CASE("figures of another program", "[engine][efficiency]") {
  // 1024 channels, 40 pulses of other arrivals and DMs each: its means are 0.005 uncertain.
  const FrequencyAxis axis = band(1500.0, 1200.0, 1024);
  const Seconds sample_time{256e-6};
  auto octaves = plan_octaves(axis, sample_time, range(0.0, 1500.0, 1.1));
  const int steps[] = {1, 2, 4, 4};  // that program's
  const Seconds widths[] = {Seconds{0.3e-3}, Seconds{1e-3}, Seconds{3e-3}, Seconds{10e-3}};
  const double means[4][4] = {{0.926, 0.975, 0.991, 0.999},
                              {0.914, 0.970, 0.990, 0.999},
                              {0.893, 0.959, 0.988, 0.999},
                              {0.830, 0.904, 0.975, 0.997}};
  REQUIRE(octaves.size() == 4);
  for (std::size_t o = 0; o < 4; ++o) {
    octaves[o].delay_step = steps[o];
    const TreePlan tree = plan_tree(axis, sample_time, octaves[o]);
    const auto found = TreeEfficiency{axis, sample_time, octaves[o], tree}.over_dms(widths);
    REQUIRE(found.size() == 4);
    for (std::size_t w = 0; w < 4; ++w) {
      INFO("octave " << o << ", FWHM " << widths[w].value() << " s");
      CHECK(std::abs(found[w].mean - means[o][w]) < 0.015);
      CHECK(found[w].least <= found[w].mean);
      CHECK(found[w].least > 0.75);
      CHECK(found[w].mean < 1.005);
    }
  }
}

TEST_CASE("some of the channels stand for all", "[engine][efficiency]") {
  const FrequencyAxis axis = band(800.0, 400.0, 4096);
  const Seconds sample_time{983.04e-6};
  const auto octaves = plan_octaves(axis, sample_time, range(0.0, 2000.0, 1.25), {1, 1024});
  const Seconds widths[] = {Seconds{1e-3}, Seconds{4e-3}, Seconds{16e-3}};
  for (const Octave& octave : octaves) {
    const TreePlan tree = plan_tree(axis, sample_time, octave);
    const TreeEfficiency some{axis, sample_time, octave, tree, 512};
    const TreeEfficiency all{axis, sample_time, octave, tree, 4096};
    for (std::size_t w = 0; w < 3; ++w) {
      const double dm = 0.5 * (octave.trials.front() + octave.trials.back());
      const double few = some.of_pulse(DispersionMeasure{dm}, 3.3, widths)[w];
      CHECK(std::abs(few - all.of_pulse(DispersionMeasure{dm}, 3.3, widths)[w]) < 0.015);
    }
    CHECK(some.over_dms(widths, 3)[0].mean == some.over_dms(widths, 3)[0].mean);
  }
}

}  // namespace draftstream
