// Conditioning to bytes: what it says is what the conditioner of floats says.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "engine/tree/quantised_conditioner.hpp"
#include "ingest/errors.hpp"
#include "tests/engine/every_target.hpp"
#include "tests/engine/quantised_run.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::check_parity;
using test::QuantisedRun;
using test::Sky;

struct Stored {
  const char* name;
  SampleFormat format;
  float mean;
  float sigma;
  float rest;  // what a dropout leaves
};

const Stored formats[] = {
    {"8 bits", {8}, 100.0F, 10.0F, 0.0F},
    {"8 bits, few levels", {8}, 5.0F, 1.2F, 0.0F},
    {"signed 8 bits at -128", {8, true}, 3.0F, 12.0F, -128.0F},
    {"signed 8 bits at 0", {8, true}, 3.0F, 12.0F, 0.0F},
    {"4 bits", {4}, 7.5F, 2.0F, 0.0F},
    {"2 bits", {2}, 1.5F, 1.0F, 0.0F},
    {"1 bit", {1}, 0.5F, 1.0F, 0.0F},
    {"16 bits", {16}, 1000.0F, 30.0F, 0.0F},
    {"float", float_samples, 5.0F, 1.0F, 0.0F},
};

ConditionConfig with(ZeroDm filter) {
  ConditionConfig config;
  config.zero_dm = filter;
  return config;
}

}  // namespace

TEST_CASE("noise, and a burst", "[engine][quantised_conditioner][parity][arithmetic]") {
  for (const Stored& stored : formats) {
    for (const ZeroDm filter : {ZeroDm::off, ZeroDm::plain, ZeroDm::zdot}) {
      INFO(stored.name << ", " << name(filter));
      Sky sky{{1500.0, -4.0, 64, 0.5e-3}, 8192, 1};
      sky.add({300.0, 3000.0, 8.0, 80.0});
      for (std::size_t t = 0; t < sky.samples; ++t) {
        const auto hum = static_cast<float>(0.5 * std::sin(0.05 * static_cast<double>(t)));
        for (std::size_t c = 0; c < 20; ++c) sky.at(t, c) += hum;
      }
      const QuantisedRun run =
          check_parity(sky, with(filter), stored.format, stored.mean, stored.sigma);
      CHECK(run.block.good_samples == sky.samples);
      CHECK(run.block.zero_dm.size() == sky.samples);
    }
  }
}

TEST_CASE("bands of any number of channels, in any order",
          "[engine][quantised_conditioner][parity][arithmetic]") {
  for (const Stored& stored : formats) {
    for (const std::size_t channels : {1UL, 2UL, 3UL, 13UL, 61UL, 65UL, 127UL, 131UL, 257UL}) {
      for (const double step : {-1.5, 1.5}) {
        INFO(stored.name << ", " << channels << " channels of " << step << " MHz");
        Sky sky{{1400.0, step, channels, 0.5e-3}, 1024, channels};
        sky.add({50.0, 300.0, 4.0, 30.0});
        check_parity(sky, ConditionConfig{}, stored.format, stored.mean, stored.sigma);
      }
    }
  }
}

TEST_CASE("blocks of any length", "[engine][quantised_conditioner][parity]") {
  for (const Stored& stored : formats) {
    for (const std::size_t samples : {1UL, 10UL, 15UL, 16UL, 63UL, 100UL, 1000UL, 1025UL, 3001UL}) {
      INFO(stored.name << ", " << samples << " samples");
      const Sky sky{{1500.0, -4.0, 70, 0.5e-3}, samples, samples};
      check_parity(sky, ConditionConfig{}, stored.format, stored.mean, stored.sigma);
    }
  }
}

TEST_CASE("gaps, dropouts, bad channels and impulses",
          "[engine][quantised_conditioner][parity][arithmetic]") {
  constexpr std::size_t samples = 4096;
  constexpr std::size_t channels = 150;
  for (const Stored& stored : formats) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      INFO(stored.name << ", seed " << seed);
      Sky sky{{1500.0, -2.0, channels, 0.5e-3}, samples, seed};
      const auto set = [&](std::size_t t, std::size_t c, float value) {
        sky.at(t, c) = (value - stored.mean) / stored.sigma;
      };
      for (std::size_t t = 0; t < samples; ++t) {
        sky.at(t, 10) += t % 100 < 10 ? 5.0F : 0.0F;  // a radar
        sky.at(t, 20) += static_cast<float>(2.0 * std::sin(0.02 * static_cast<double>(t)));
        set(t, 30, stored.mean);              // dead
        if (t % 3 == 0) set(t, 40, 1000.0F);  // a third of it at the end of 8 bits
        if (t % 8 == 0) set(t, 41, 1000.0F);  // an eighth
        sky.at(t, 50) *= 4.0F;                // loud
        if (t == 77) set(t, 60, stored.mean + 1.0F);
        if (t != 77) set(t, 60, stored.mean);  // dead but for one sample
      }
      for (std::size_t c = 0; c < channels; ++c) {
        if (seed == 1 && c % 15 == 0) continue;  // not quite everywhere
        for (std::size_t t = 1000; t < 1100; ++t) set(t, c, stored.rest);
        for (std::size_t t = 2000; t < 2003; ++t) sky.at(t, c) += 3.0F;
      }
      const std::uint64_t origin = 3 * samples;
      std::vector<Gap> gaps{{origin + 10, 5, Fate::missing},
                            {origin + 15, 3, Fate::late},
                            {origin + 500, 1, Fate::overrun},
                            {origin + samples - 70, 70, Fate::invalid}};
      if (seed == 2) gaps[2].samples = 3200;                           // most of the block
      if (seed == 3) gaps = {{origin, samples - 100, Fate::missing}};  // nearly all
      ConditionConfig config;
      config.masked_channels.assign(channels, false);
      config.masked_channels[3] = true;
      check_parity(sky, config, stored.format, stored.mean, stored.sigma, gaps, 2);
      check_parity(sky, test::bare(), stored.format, stored.mean, stored.sigma, gaps);
    }
  }
}

TEST_CASE("dropouts of many channels", "[engine][quantised_conditioner][parity][arithmetic]") {
  for (const Stored& stored : formats) {
    INFO(stored.name);
    Sky sky{{1500.0, -0.5, 700, 0.5e-3}, 1024, 8};
    for (std::size_t t = 100; t < 110; ++t) {
      for (std::size_t c = 0; c < 700; ++c)
        sky.at(t, c) = (stored.rest - stored.mean) / stored.sigma;
    }
    const QuantisedRun run =
        check_parity(sky, ConditionConfig{}, stored.format, stored.mean, stored.sigma);
    CHECK(run.block.good_samples == 1014);
  }
}

TEST_CASE("nothing but gaps, and a block at rest", "[engine][quantised_conditioner][parity]") {
  constexpr std::size_t samples = 2048;
  const std::vector<Gap> all{{0, samples, Fate::missing}};
  for (const Stored& stored : formats) {
    INFO(stored.name);
    Sky sky{{1500.0, -4.0, 40, 0.5e-3}, samples, 3};
    check_parity(sky, ConditionConfig{}, stored.format, stored.mean, stored.sigma, all);
    for (const float value : {stored.rest, stored.mean}) {
      std::fill(sky.values.begin(), sky.values.end(), (value - stored.mean) / stored.sigma);
      const QuantisedRun run =
          check_parity(sky, ConditionConfig{}, stored.format, stored.mean, stored.sigma);
      CHECK(run.block.good_samples == 0);
    }
  }
}

TEST_CASE("NaN is missing in its channel alone", "[engine][quantised_conditioner][parity]") {
  Sky sky{{1500.0, -4.0, 40, 0.5e-3}, 2048, 5};
  const float nan = std::numeric_limits<float>::quiet_NaN();
  sky.at(100, 7) = nan;
  sky.at(101, 7) = std::numeric_limits<float>::infinity();
  for (std::size_t t = 0; t < sky.samples; ++t) sky.at(t, 9) = nan;
  for (std::size_t c = 0; c < sky.band.channels; ++c) sky.at(500, c) = nan;
  const QuantisedRun run = check_parity(sky, ConditionConfig{}, float_samples, 5.0F, 1.0F);
  CHECK(run.row(7)[100] == 0);
  CHECK(run.row(7)[101] == 0);
  CHECK(run.block.spectra[100] == Weight::good);
  CHECK(run.block.spectra[500] == Weight::missing);
}

// What a short last block does: its statistics are those of a window of which the end is kept.
TEST_CASE("skipped samples are looked at, and not written", "[engine][quantised_conditioner]") {
  const Sky sky{{1400.0, 1.0, 67, 0.5e-3}, 2048, 6};
  for (const Stored& stored : formats) {
    const auto bytes = sky.stored(stored.format, stored.mean, stored.sigma);
    const FrequencyAxis frequency = sky.observation(stored.format).frequency;
    const FilterbankChunk chunk{0, sky.samples, 67, stored.format, bytes, {}};
    const QuantisedRun whole = test::quantise_block(frequency, chunk, ConditionConfig{});
    for (const std::size_t skipped : {1UL, 64UL, 1000UL, 2047UL, 2048UL}) {
      INFO(stored.name << ", " << skipped << " skipped");
      const QuantisedRun part =
          test::quantise_block(frequency, chunk, ConditionConfig{}, 1, skipped);
      CHECK(part.block.zero_dm == whole.block.zero_dm);
      for (std::size_t rank = 0; rank < 67; ++rank) {
        const auto end = whole.row(rank).subspan(skipped);
        REQUIRE(std::equal(end.begin(), end.end(), part.row(rank).begin()));
      }
    }
  }
}

TEST_CASE("neither threads nor instruction sets change a bit",
          "[engine][quantised_conditioner][property]") {
  Sky sky{{1500.0, -2.0, 300, 0.5e-3}, 4096, 10};
  sky.add({30.0, 700.0, 3.0, 60.0});
  for (std::size_t c = 0; c < 300; ++c) sky.at(1500, c) += 3.0F;
  for (std::size_t t = 0; t < sky.samples; ++t) sky.at(t, 20) += t % 50 < 5 ? 4.0F : 0.0F;
  const std::vector<Gap> gaps{{300, 50, Fate::missing}};
  for (const Stored& stored : formats) {
    const auto bytes = sky.stored(stored.format, stored.mean, stored.sigma);
    const FilterbankChunk chunk{0, sky.samples, 300, stored.format, bytes, gaps};
    const FrequencyAxis frequency = sky.observation(stored.format).frequency;
    const QuantisedRun one = test::quantise_block(frequency, chunk, ConditionConfig{}, 1);
    const auto check = [&](unsigned threads) {
      const QuantisedRun other = test::quantise_block(frequency, chunk, ConditionConfig{}, threads);
      CHECK(other.rows == one.rows);
      CHECK(other.block.flagged == one.block.flagged);
      CHECK(other.block.fates == one.block.fates);
      CHECK(other.block.zero_dm == one.block.zero_dm);
      bool same = true;
      for (std::size_t c = 0; c < 300; ++c) {
        const ChannelScaling& a = one.block.scaling[c];
        const ChannelScaling& b = other.block.scaling[c];
        same = same && a.mean == b.mean && a.factor == b.factor && a.share == b.share;
      }
      CHECK(same);
    };
    INFO(stored.name);
    check(2);
    check(3);
    test::on_every_target([&] { check(2); });
  }
}

TEST_CASE("masks that do not fit are refused for rows, too", "[engine][quantised_conditioner]") {
  WorkerPool pool{1};
  const FrequencyAxis axis{Megahertz{1500.0}, Megahertz{-1.0}, 4};
  ConditionConfig config;
  config.masked_channels.assign(3, false);
  for (const SampleFormat& format : {SampleFormat{8}, SampleFormat{16}}) {
    CHECK_THROWS_WITH((QuantisedConditioner{axis, format, config, pool}),
                      "channel mask: found 3 channels, expected 4");
  }
}

}  // namespace draftstream
