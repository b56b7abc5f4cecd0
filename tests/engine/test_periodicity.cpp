// Channel flags by periods: hum and radar are taken, bursts and pulsars are not.
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <vector>

#include "engine/periodicity.hpp"
#include "tests/engine/quantised_run.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::bare;
using test::flagged_channels;
using test::Sky;

constexpr std::size_t samples = 8192;
const test::Band band{1500.0, -2.0, 128, 0.256e-3};
constexpr SampleFormat bytes{8};

ConditionConfig by_periods() {
  ConditionConfig config = bare();
  config.flag_periodic = true;
  return config;
}

// Flags of both conditioners, which agree.
ConditionedBlock block_of(const Sky& sky) {
  test::check_parity(sky, by_periods(), bytes, 100.0F, 10.0F);
  return condition(sky, by_periods(), bytes, 100.0F, 10.0F);
}

std::size_t flagged_within(const ConditionedBlock& block, std::size_t first, std::size_t end) {
  return static_cast<std::size_t>(
      std::count(block.flagged.begin() + static_cast<std::ptrdiff_t>(first),
                 block.flagged.begin() + static_cast<std::ptrdiff_t>(end), true));
}

void add_hum(Sky& sky, std::size_t channel, double sigmas, double hertz) {
  const double turn = 2.0 * std::numbers::pi * hertz * sky.band.sample_time_s;
  for (std::size_t t = 0; t < sky.samples; ++t) {
    sky.at(t, channel) +=
        static_cast<float>(sigmas * std::sin(turn * static_cast<double>(t) + 1.0));
  }
}

// Pulses of 2 ms from channel 40 to 47.
void add_radar(Sky& sky, double sigmas, double period_s, double begin_s, double end_s) {
  const auto width = static_cast<std::size_t>(std::round(2e-3 / sky.band.sample_time_s));
  for (double at = begin_s; at < end_s; at += period_s) {
    const auto first = static_cast<std::size_t>(at / sky.band.sample_time_s);
    for (std::size_t t = first; t < std::min(first + width, sky.samples); ++t) {
      for (std::size_t c = 40; c < 48; ++c) sky.at(t, c) += static_cast<float>(sigmas);
    }
  }
}

}  // namespace

// The definition, in double precision.
TEST_CASE("powers are those of the Fourier transform", "[engine][power_spectrum]") {
  for (const std::size_t least : {256UL, 307UL, 1024UL}) {
    PowerSpectrum spectrum{least};
    const std::size_t points = spectrum.points();
    REQUIRE(points >= least);
    REQUIRE(points < least + least / 8);
    std::vector<float> series(points);
    for (std::size_t n = 0; n < points; ++n) series[n] = test::gaussian(1, n);
    std::vector<float> powers(spectrum.powers());
    spectrum.transform(series, powers);
    for (std::size_t k = 0; k < powers.size(); k += 7) {
      std::complex<double> sum = 0.0;
      for (std::size_t n = 0; n < points; ++n) {
        const double turns = static_cast<double>(k * n % points) / static_cast<double>(points);
        sum += std::polar(static_cast<double>(series[n]), -2.0 * std::numbers::pi * turns);
      }
      const double error = std::abs(std::norm(sum) - static_cast<double>(powers[k]));
      REQUIRE(error < 1e-3 * static_cast<double>(points));
    }
  }
}

TEST_CASE("hum of a fifth of sigma is flagged", "[engine][periodicity]") {
  for (const double hertz : {50.0, 60.0, 100.0, 16.7}) {
    INFO(hertz << " Hz");
    Sky sky{band, samples, 1};
    add_hum(sky, 10, 0.2, hertz);
    add_hum(sky, 11, 0.2, hertz);
    add_hum(sky, 90, 0.2, hertz);
    const ConditionedBlock block = block_of(sky);
    CHECK(block.flagged[10]);
    CHECK(block.flagged[11]);
    CHECK(block.flagged[90]);
    CHECK(flagged_channels(block) == 3);
  }
}

TEST_CASE("radar is flagged, its neighbours are not", "[engine][periodicity]") {
  SECTION("all the time, and weak") {
    Sky sky{band, samples, 2};
    add_radar(sky, 1.0, 0.05, 0.013, 2.1);
    const ConditionedBlock block = block_of(sky);
    CHECK(flagged_within(block, 40, 48) == 8);
    CHECK(flagged_channels(block) == 8);
  }
  SECTION("while the antenna looks this way") {
    Sky sky{band, samples, 3};
    add_radar(sky, 6.0, 0.05, 0.5, 1.0);
    const ConditionedBlock block = block_of(sky);
    CHECK(flagged_within(block, 40, 48) == 8);
    CHECK(flagged_channels(block) == 8);
  }
}

// Too few pulses for a period: the flags are not for these.
TEST_CASE("a few pulses are no period", "[engine][periodicity]") {
  for (const double sigmas : {1.0, 6.0, 14.0}) {
    INFO(sigmas << " sigma");
    Sky sky{band, samples, 4};
    add_radar(sky, sigmas, 0.5, 0.3, 1.4);
    CHECK(flagged_channels(block_of(sky)) == 0);
  }
}

TEST_CASE("glitches of any strength neither make nor hide a period", "[engine][periodicity]") {
  Periodicity periodicity{1};
  periodicity.begin(samples);
  const auto sums = periodicity.sums(0);
  for (const float sigmas : {10.0F, 100.0F, 1000.0F}) {
    for (const float hum : {0.0F, 0.5F}) {
      for (std::size_t i = 0; i < sums.size(); ++i) {
        sums[i] = test::gaussian(8, i) + hum * std::sin(0.7F * static_cast<float>(i));
      }
      for (const std::size_t i : {500UL, 513UL, 526UL}) sums[i] = sigmas;
      CHECK((periodicity.strength(0) > 1.0F) == (hum > 0.0F));
    }
  }
}

TEST_CASE("sums have the variance of a sample", "[engine][periodicity]") {
  CHECK(Periodicity::normalised(4.0F, 4) == 2.0F);
  CHECK(std::abs(Periodicity::normalised(8.0F, 8) - 2.828427F) < 1e-6F);
  CHECK(std::isnan(Periodicity::normalised(3.0F, 3)));
  CHECK(std::isnan(Periodicity::normalised(0.0F, 0)));
}

TEST_CASE("noise has no periods, white or red", "[engine][periodicity][property][statistics]") {
  constexpr std::size_t channels = 50'000;
  Periodicity periodicity{1};
  periodicity.begin(samples);
  struct Row {
    double red;        // twice its rms
    std::size_t most;  // channels of 50000
  };
  for (const auto& [red, most] : {Row{0.0, 5}, Row{1.0, 5}, Row{2.0, 50}}) {
    std::size_t flagged = 0;
    for (std::size_t c = 0; c < channels; ++c) {
      const auto sums = periodicity.sums(0);
      float slow = 0.0F;
      for (std::size_t i = 0; i + 1 < sums.size(); i += 2) {
        const auto [a, b] = test::two_gaussians(5, c * sums.size() + i);
        slow = 0.98F * slow + 0.1F * b;  // 0.5 rms, over some 100 sums
        sums[i] = a + static_cast<float>(red) * slow;
        sums[i + 1] = b + static_cast<float>(red) * slow;
      }
      flagged += periodicity.strength(0) > 1.0F ? 1 : 0;
    }
    INFO(flagged << " of " << channels << " channels, red " << red);
    CHECK(flagged <= most);
  }
}

// In all channels, each at its own delay: no interference of a few.
TEST_CASE("pulsars are not flagged", "[engine][periodicity][property][statistics]") {
  const auto add_pulsar = [](Sky& sky, double hertz, double sigmas, std::size_t channels) {
    const double period = 1.0 / hertz / band.sample_time_s;
    const double width = 0.05 * period;
    for (std::size_t c = 0; c < channels; ++c) {
      const double late = band.late(100.0, c);
      for (std::size_t t = 0; t < samples; ++t) {
        const double phase = std::remainder(static_cast<double>(t) - late, period) / width;
        sky.at(t, c) += static_cast<float>(sigmas * std::exp(-0.5 * phase * phase));
      }
    }
  };
  for (const double hertz : {1.0, 5.0, 11.0, 29.9, 100.0}) {
    for (const double sigmas : {0.1, 0.5, 2.0}) {  // in a channel, at the peak of a pulse
      INFO(hertz << " Hz, " << sigmas << " sigma");
      Sky sky{band, samples, 6};
      add_pulsar(sky, hertz, sigmas, band.channels);
      CHECK(flagged_channels(block_of(sky)) == 0);
    }
  }
  // What is seen in a quarter of the band cannot be told from interference.
  Sky sky{band, samples, 6};
  add_pulsar(sky, 29.9, 1.0, band.channels / 4);
  CHECK(flagged_channels(block_of(sky)) == band.channels / 4);
}

TEST_CASE("strengths are compared with each other", "[engine][periodicity]") {
  constexpr float unknown = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> strengths(64);
  for (std::size_t c = 0; c < strengths.size(); ++c) {
    strengths[c] = 0.4F + 0.01F * static_cast<float>(c % 5);
  }
  std::vector<float> work(strengths.size());
  const auto flags_of = [&](std::vector<float> of) {
    std::vector<bool> flags(of.size(), false);
    flag_periodic(of, work, flags);
    return flags;
  };
  std::vector<bool> expected(64, false);
  strengths[9] = 0.99F;
  strengths[10] = unknown;
  CHECK(flags_of(strengths) == expected);  // far from the others, but noise may be
  strengths[9] = 1.01F;
  expected[9] = true;
  CHECK(flags_of(strengths) == expected);
  for (float& strength : strengths) strength += 2.0F;  // median 2.42, scatter 0.0148
  CHECK(flags_of(strengths) == expected);
  strengths[9] = 2.5F;
  CHECK(flags_of(strengths) == std::vector<bool>(64, false));
  CHECK(flags_of(std::vector<float>(15, 0.5F)) == std::vector<bool>(15, false));
  std::vector<float> few(15, 0.5F);
  few[3] = 9.0F;
  CHECK(flags_of(few) == std::vector<bool>(15, false));
}

TEST_CASE("short blocks and few channels have no periods", "[engine][periodicity]") {
  Sky sky{band, 2047, 7};
  Sky few{{1500.0, -2.0, 15, 0.256e-3}, samples, 7};
  add_hum(sky, 10, 3.0, 50.0);
  add_hum(few, 10, 3.0, 50.0);
  CHECK(flagged_channels(block_of(sky)) == 0);
  CHECK(flagged_channels(block_of(few)) == 0);
  Sky enough{band, 2048, 7};
  add_hum(enough, 10, 1.0, 50.0);
  CHECK(flagged_channels(block_of(enough)) == 1);
}

TEST_CASE("both conditioners find the same periods among gaps and bad channels",
          "[engine][periodicity][parity][arithmetic]") {
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    Sky sky{band, samples - 1000 * seed, 10 + seed};
    add_hum(sky, 10, 0.5, 50.0);
    add_radar(sky, 4.0, 0.05, 0.3, 2.0);
    for (std::size_t t = 0; t < sky.samples; ++t) sky.at(t, 50) = 0.0F;
    const std::vector<Gap> gaps{{100, 900, Fate::missing}, {3001, 1500, Fate::late}};
    ConditionConfig config;
    config.flag_periodic = true;
    for (const SampleFormat& format : {bytes, SampleFormat{8, true}, SampleFormat{16}}) {
      const auto run = test::check_parity(sky, config, format, 80.0F, 9.0F, gaps, 2);
      CHECK(run.block.flagged[10]);
      for (std::size_t c = 40; c < 48; ++c) CHECK(run.block.flagged[c]);
      CHECK(std::count(run.block.flagged.begin(), run.block.flagged.end(), true) == 10);
    }
  }
  // Channels that are given up are not among those that others are compared with.
  Sky few{band, samples, 21};
  add_hum(few, 10, 0.2, 50.0);
  ConditionConfig config = by_periods();
  config.masked_channels.assign(band.channels, true);
  std::fill_n(config.masked_channels.begin(), 40, false);
  CHECK(test::check_parity(few, config, bytes, 80.0F, 9.0F).block.flagged[10]);
  // Half of a block missing is too much, whatever the rest says.
  Sky sky{band, samples, 20};
  add_hum(sky, 10, 0.5, 50.0);
  const std::vector<Gap> gaps{{0, 4200, Fate::missing}};
  CHECK(test::check_parity(sky, by_periods(), bytes, 80.0F, 9.0F, gaps).block.flagged ==
        std::vector<bool>(band.channels, false));
}

}  // namespace draftstream
