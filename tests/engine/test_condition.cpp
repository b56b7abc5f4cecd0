// Conditioning, first half: what is missing, dropped out, dead, saturated or masked; scale; fates.
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "ingest/errors.hpp"
#include "tests/engine/condition_run.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::bare;
using test::condition;
using test::count;
using test::flagged_channels;
using test::Sky;

constexpr std::size_t samples = 2048;
const test::Band band{1500.0, -4.0, 40, 0.5e-3};
constexpr SampleFormat bytes{8};

}  // namespace

TEST_CASE("channels get zero mean and unit variance", "[engine][condition]") {
  Sky sky{band, samples, 1};
  for (std::size_t t = 0; t < samples; ++t) {
    for (std::size_t c = 0; c < band.channels; ++c) {
      const auto gain = static_cast<float>(c + 1);
      sky.at(t, c) = gain * (sky.at(t, c) + 20.0F);
    }
  }
  for (const SampleFormat& format : {float_samples, SampleFormat{16}}) {
    const ConditionedBlock block = condition(sky, bare(), format, 0.0F, 10.0F);
    CHECK(block.good_samples == samples);
    CHECK(flagged_channels(block) == 0);
    for (std::size_t c = 0; c < band.channels; ++c) {
      double sum = 0.0;
      double squares = 0.0;
      for (const float x : block.row(c)) {
        sum += static_cast<double>(x);
        squares += static_cast<double>(x) * static_cast<double>(x);
      }
      const double n = static_cast<double>(samples);
      CHECK(std::abs(sum / n) < 5e-3);  // the clipped mean is not quite the mean
      CHECK(std::abs(squares / n - 1.0) < 0.01);
      CHECK(count(block.weight_row(c), Weight::good) == samples);
    }
  }
}

TEST_CASE("NaN is missing, and poisons nothing", "[engine][condition]") {
  Sky sky{band, samples, 2};
  const ConditionedBlock clean = condition(sky, bare());
  const float nan = std::numeric_limits<float>::quiet_NaN();
  sky.at(100, 7) = nan;
  sky.at(101, 7) = std::numeric_limits<float>::infinity();
  for (std::size_t t = 0; t < samples; ++t) sky.at(t, 9) = nan;
  for (std::size_t c = 0; c < band.channels; ++c) sky.at(500, c) = nan;
  const ConditionedBlock block = condition(sky, ConditionConfig{});
  CHECK(block.weight_row(7)[100] == Weight::missing);
  CHECK(block.weight_row(7)[101] == Weight::missing);
  CHECK(count(block.weight_row(9), Weight::missing) == samples);
  CHECK(block.fates[500] == Fate::invalid);  // nothing arrived that could be searched
  CHECK(block.fates[100] == Fate::searched);
  CHECK(block.good_samples == samples - 1);
  for (const float x : block.values) REQUIRE(std::isfinite(x));
  for (std::size_t c = 0; c < band.channels; ++c) {
    for (std::size_t t = 0; t < samples; ++t) {
      if (block.weight_row(c)[t] != Weight::good) REQUIRE(block.row(c)[t] == 0.0F);
    }
  }
  const ConditionedBlock plain = condition(sky, bare());
  CHECK(std::abs(plain.row(3)[1000] - clean.row(3)[1000]) < 1e-2F);
}

TEST_CASE("gaps keep their fate and weigh nothing", "[engine][condition]") {
  const Sky sky{band, samples, 3};
  const std::uint64_t origin = 5 * samples;  // not the first block
  const std::vector<Gap> gaps{{origin + 10, 5, Fate::missing},
                              {origin + 15, 3, Fate::late},
                              {origin + 100, 1, Fate::overrun},
                              {origin + samples - 2, 2, Fate::invalid}};
  const ConditionedBlock block = condition(sky, bare(), bytes, 100.0F, 10.0F, gaps);
  for (std::size_t t = 0; t < samples; ++t) {
    Fate fate = Fate::searched;
    for (const Gap& gap : gaps) {
      if (origin + t >= gap.first && origin + t < gap.end()) fate = gap.fate;
    }
    REQUIRE(block.fates[t] == fate);
    for (std::size_t c = 0; c < band.channels; ++c) {
      REQUIRE(block.weight_row(c)[t] == (fate == Fate::searched ? Weight::good : Weight::missing));
    }
  }
  CHECK(block.good_samples == samples - 11);
}

TEST_CASE("dropouts are invalid, also among dead and saturated channels", "[engine][condition]") {
  struct Row {
    const char* name;
    SampleFormat format;
    float mean;
    float sigma;
    float rest;  // what a dropout leaves
  };
  const Row rows[] = {
      {"8 bits at 0", bytes, 100.0F, 10.0F, 0.0F},
      {"signed 8 bits at -128", {8, true}, 0.0F, 10.0F, -128.0F},
      {"signed 8 bits at 0", {8, true}, 0.0F, 10.0F, 0.0F},
      {"16 bits at 0", {16}, 1000.0F, 30.0F, 0.0F},
      {"float at 0", float_samples, 5.0F, 1.0F, 0.0F},
      {"2 bits at 0", {2}, 1.5F, 1.0F, 0.0F},
  };
  for (const Row& row : rows) {
    for (const bool bad_channels : {false, true}) {
      INFO(row.name << (bad_channels ? ", bad channels" : ""));
      Sky sky{band, samples, 4};
      const auto set = [&](std::size_t t, std::size_t c, float stored) {
        sky.at(t, c) = (stored - row.mean) / row.sigma;
      };
      for (std::size_t t = 300; t < 400; ++t) {
        for (std::size_t c = 0; c < band.channels; ++c) set(t, c, row.rest);
      }
      set(700, 3, row.rest);  // one channel only
      if (bad_channels) {
        for (std::size_t t = 0; t < samples; ++t) {
          set(t, 5, 0.0F);                                                           // dead
          for (const std::size_t c : {6UL, 7UL, 8UL, 9UL, 10UL}) set(t, c, 255.0F);  // saturated
        }
      }
      const ConditionedBlock block = condition(sky, bare(), row.format, row.mean, row.sigma);
      for (std::size_t t = 0; t < samples; ++t) {
        REQUIRE(block.fates[t] == (t >= 300 && t < 400 ? Fate::invalid : Fate::searched));
      }
      CHECK(block.weight_row(20)[350] == Weight::missing);
      CHECK(block.good_samples == samples - 100);
      double sum = 0.0;
      for (const float x : block.row(20)) sum += static_cast<double>(x);
      CHECK(std::abs(sum) < 20.0);  // the dropout is not in the mean
    }
  }
}

TEST_CASE("a block at rest is invalid, whole", "[engine][condition]") {
  Sky sky{band, samples, 5};
  std::fill(sky.values.begin(), sky.values.end(), 0.0F);
  const ConditionedBlock block = condition(sky, ConditionConfig{}, bytes);
  CHECK(block.good_samples == 0);
  for (const Fate fate : block.fates) REQUIRE(fate == Fate::invalid);
}

// With few channels of few bits, noise alone is at rest everywhere now and then.
TEST_CASE("few channels of 1 bit are not taken for dropouts", "[engine][condition]") {
  for (const std::size_t channels : {8UL, 16UL, 64UL}) {
    const Sky sky{{1500.0, -4.0, channels, 1e-3}, samples, 6};
    const ConditionedBlock block = condition(sky, bare(), {1}, 0.5F, 1.0F);
    CHECK(block.good_samples == samples);
  }
}

TEST_CASE("dead and given channels are masked, saturated ones if wished", "[engine][condition]") {
  Sky sky{band, samples, 7};
  for (std::size_t t = 0; t < samples; ++t) {
    sky.at(t, 2) = -3.0F;                  // dead at 70
    if (t % 3 == 0) sky.at(t, 4) = 30.0F;  // a third of it at 255
    if (t % 8 == 0) sky.at(t, 6) = 30.0F;  // an eighth: not yet saturated
  }
  ConditionConfig config = bare();
  config.masked_channels.assign(band.channels, false);
  config.masked_channels[11] = true;
  for (const bool flag : {false, true}) {
    config.flag_channels = flag;
    const ConditionedBlock block = condition(sky, config, bytes, 100.0F, 10.0F);
    CHECK(block.flagged[2]);
    CHECK(block.flagged[11]);
    CHECK(block.flagged[4] == flag);
    CHECK(!block.flagged[6]);
    CHECK(flagged_channels(block) == (flag ? 3 : 2));
    CHECK(count(block.weight_row(2), Weight::masked) == samples);
    CHECK(count(block.weight_row(11), Weight::masked) == samples);
    for (const float x : block.row(11)) REQUIRE(x == 0.0F);
    CHECK(block.good_samples == samples);
  }
}

TEST_CASE("a channel that is mostly missing has no statistics", "[engine][condition]") {
  Sky sky{band, samples, 8};
  for (std::size_t t = 0; t < samples; ++t) {
    if (t % 25 != 0) sky.at(t, 1) = std::numeric_limits<float>::quiet_NaN();  // 4 % left
    if (t % 15 != 0) sky.at(t, 2) = std::numeric_limits<float>::quiet_NaN();  // 7 % left
  }
  const ConditionedBlock block = condition(sky, bare());
  CHECK(block.flagged[1]);
  CHECK(!block.flagged[2]);
}

TEST_CASE("masks that do not fit are refused", "[engine][condition]") {
  WorkerPool pool{1};
  const FrequencyAxis axis{Megahertz{1500.0}, Megahertz{-1.0}, 4};
  ConditionConfig config;
  config.masked_channels.assign(3, false);
  CHECK_THROWS_WITH((Conditioner{axis, bytes, config, pool}),
                    "channel mask: found 3 channels, expected 4");
  config.masked_channels.assign(4, true);
  CHECK_THROWS_AS((Conditioner{axis, bytes, config, pool}), ConfigError);
}

TEST_CASE("a block of a few samples is masked, not divided by zero", "[engine][condition]") {
  for (const std::size_t length : {1UL, 10UL, 15UL}) {
    const ConditionedBlock block = condition(Sky{band, length, 9}, ConditionConfig{});
    CHECK(block.good_samples == 0);
    for (const float x : block.values) REQUIRE(x == 0.0F);
    for (const Fate fate : block.fates) REQUIRE(fate == Fate::masked);
  }
}

TEST_CASE("threads change no bit", "[engine][condition][property]") {
  Sky sky{{1500.0, -2.0, 150, 0.5e-3}, samples, 10};  // three tasks of channels, the last short
  sky.add({30.0, 700.0, 3.0, 60.0});
  for (std::size_t c = 0; c < 150; ++c) sky.at(1500, c) += 3.0F;
  for (std::size_t t = 0; t < samples; ++t) sky.at(t, 20) += t % 50 < 5 ? 4.0F : 0.0F;
  const std::vector<Gap> gaps{{300, 50, Fate::missing}};
  for (const SampleFormat& format : {SampleFormat{1}, SampleFormat{2}, SampleFormat{4}, bytes}) {
    const auto middle = static_cast<float>(1U << static_cast<unsigned>(format.bits - 1)) - 0.5F;
    const float sigma = std::max(1.0F, middle / 6.0F);
    const auto run = [&](unsigned threads) {
      return condition(sky, ConditionConfig{}, format, middle, sigma, gaps, threads);
    };
    const ConditionedBlock one = run(1);
    for (const unsigned threads : {2U, 3U}) {
      const ConditionedBlock other = run(threads);
      CHECK(other.values == one.values);
      CHECK(other.weights == one.weights);
      CHECK(other.fates == one.fates);
      CHECK(other.flagged == one.flagged);
      CHECK(other.good_samples == one.good_samples);
    }
  }
}

}  // namespace draftstream
