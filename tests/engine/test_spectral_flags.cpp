// Channel flags by spectral kurtosis and IQRM: what they take, and what they must leave.
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "engine/spectral_flags.hpp"
#include "tests/engine/quantised_run.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::bare;
using test::flagged_channels;
using test::Sky;

constexpr std::size_t samples = 8192;
const test::Band band{1500.0, -2.0, 128, 0.5e-3};
constexpr SampleFormat bytes{8};

ConditionConfig by_kurtosis() {
  ConditionConfig config = bare();
  config.flag_kurtosis = true;
  return config;
}

ConditionConfig by_iqrm() {
  ConditionConfig config = bare();
  config.flag_iqrm = true;
  return config;
}

ConditionConfig by_periods() {
  ConditionConfig config = bare();
  config.flag_periodic = true;
  return config;
}

ConditionConfig by_unsteadiness() {
  ConditionConfig config = bare();
  config.flag_channels = true;
  return config;
}

// Flags of both conditioners, which agree.
ConditionedBlock block_of(const Sky& sky, const ConditionConfig& config) {
  test::check_parity(sky, config, bytes, 100.0F, 10.0F);
  return condition(sky, config, bytes, 100.0F, 10.0F);
}

std::vector<bool> flags_of(const std::vector<ChannelSpread>& spreads,
                           const ConditionConfig& config) {
  SpectralFlags flags{config, spreads.size()};
  std::vector<bool> result(spreads.size(), false);
  flags.flag(spreads, 16, result);
  return result;
}

}  // namespace

TEST_CASE("kurtosis takes carriers and what comes and goes, but not what is loud",
          "[engine][spectral_flags]") {
  Sky sky{band, samples, 1};
  for (std::size_t t = 0; t < samples; ++t) {
    sky.at(t, 10) += 5.0F;                                   // a steady carrier of half the power
    sky.at(t, 20) += t % 40 < 4 ? 4.0F : 0.0F;               // a radar
    sky.at(t, 30) = 1.5F * (sky.at(t, 30) + 10.0F) - 10.0F;  // a gain of 1.5
  }
  const ConditionedBlock block = block_of(sky, by_kurtosis());
  CHECK(block.flagged[10]);
  CHECK(block.flagged[20]);
  CHECK(!block.flagged[30]);
  CHECK(flagged_channels(block) == 2);
}

TEST_CASE("IQRM takes what is noisier than its neighbours, along any bandpass",
          "[engine][spectral_flags]") {
  Sky sky{band, samples, 2};
  for (std::size_t c = 0; c < band.channels; ++c) {
    const double slope = 0.6 + 0.8 * static_cast<double>(c) / 128.0;
    const double factor = slope * (c == 40 || c == 41 ? 1.2 : c == 90 ? 0.8 : 1.0);
    for (std::size_t t = 0; t < samples; ++t) sky.at(t, c) *= static_cast<float>(factor);
  }
  const ConditionedBlock block = block_of(sky, by_iqrm());
  CHECK(block.flagged[40]);
  CHECK(block.flagged[41]);
  CHECK(!block.flagged[90]);  // quieter does no harm
  CHECK(flagged_channels(block) <= 3);
}

// Votes counted by hand: lags 1 and 2; channel 10 stands above its neighbours, which all vote
// against it; it receives 4 votes, and they cast one each.
TEST_CASE("a channel that more vote against than its voters vote is flagged",
          "[engine][spectral_flags]") {
  std::vector<ChannelSpread> spreads(24);
  for (std::size_t c = 0; c < spreads.size(); ++c) {
    const float wobble = c % 2 == 0 ? 0.01F : -0.01F * static_cast<float>(c % 5);
    spreads[c] = {1.0F + wobble, 0.01F};
  }
  CHECK(flags_of(spreads, by_iqrm()) == std::vector<bool>(24, false));
  spreads[10].sigma = 2.0F;
  std::vector<bool> expected(24, false);
  expected[10] = true;
  CHECK(flags_of(spreads, by_iqrm()) == expected);
  // At an edge only half of them are there, on either side.
  for (const std::size_t edge : {0UL, 23UL}) {
    auto other = spreads;
    other[10].sigma = other[12].sigma;
    other[edge].sigma = 2.0F;
    expected.assign(24, false);
    expected[edge] = true;
    CHECK(flags_of(other, by_iqrm()) == expected);
  }
  // A dip is voted for by its neighbours' height, and votes against four of them.
  spreads[10].sigma = 0.5F;
  CHECK(flags_of(spreads, by_iqrm()) == std::vector<bool>(24, false));
  spreads[10].sigma = std::numeric_limits<float>::quiet_NaN();
  CHECK(flags_of(spreads, by_iqrm()) == std::vector<bool>(24, false));
}

TEST_CASE("samples that are no powers have no kurtosis", "[engine][spectral_flags]") {
  std::vector<ChannelSpread> spreads(64, ChannelSpread{1.0F, 4.0F});
  spreads[5].variation = 9.0F;
  CHECK(flags_of(spreads, by_kurtosis()) == std::vector<bool>(64, false));
  for (ChannelSpread& spread : spreads) spread.variation *= 0.01F;  // the same, as powers
  CHECK(flags_of(spreads, by_kurtosis())[5]);
  Sky sky{band, samples, 3};
  CHECK(flagged_channels(condition(sky, by_kurtosis(), float_samples, 0.0F, 1.0F)) == 0);
  CHECK(flagged_channels(condition(sky, by_kurtosis(), {8, true}, 0.0F, 20.0F)) == 0);
}

TEST_CASE("short blocks and few channels say nothing", "[engine][spectral_flags]") {
  for (const ConditionConfig& config : {by_kurtosis(), by_iqrm()}) {
    Sky sky{band, 4095, 4};
    Sky few{{1500.0, -2.0, 15, 0.5e-3}, samples, 4};
    for (std::size_t t = 0; t < samples; ++t) {
      if (t < sky.samples) sky.at(t, 10) *= 3.0F;
      few.at(t, 10) *= 3.0F;
    }
    CHECK(flagged_channels(block_of(sky, config)) == 0);
    CHECK(flagged_channels(block_of(few, config)) == 0);
  }
}

TEST_CASE("both conditioners flag alike among gaps and bad channels",
          "[engine][spectral_flags][parity][arithmetic]") {
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    Sky sky{band, samples, 10 + seed};
    for (std::size_t t = 0; t < samples; ++t) {
      sky.at(t, 10) += 5.0F;
      sky.at(t, 40) *= 1.5F;
      sky.at(t, 50) = 0.0F;
    }
    const std::vector<Gap> gaps{{100, 900, Fate::missing}, {3000, 1500, Fate::late}};
    ConditionConfig config;
    config.flag_kurtosis = true;
    config.flag_iqrm = true;
    for (const SampleFormat& format : {bytes, SampleFormat{8, true}, SampleFormat{16}}) {
      const auto run = test::check_parity(sky, config, format, 80.0F, 9.0F, gaps, 2);
      CHECK(run.block.flagged[10]);
      CHECK(run.block.flagged[40]);
    }
  }
}

TEST_CASE("white noise loses few channels", "[engine][spectral_flags][property][arithmetic]") {
  std::size_t kurtosis = 0;
  std::size_t iqrm = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Sky sky{band, samples, 100 + seed};
    kurtosis += flagged_channels(condition(sky, by_kurtosis(), bytes, 100.0F, 10.0F));
    iqrm += flagged_channels(condition(sky, by_iqrm(), bytes, 100.0F, 10.0F));
  }
  INFO("of 1280: " << kurtosis << " by kurtosis, " << iqrm << " by IQRM");
  CHECK(kurtosis <= 1);
  CHECK(iqrm <= 13);  // 1 %
}

// What a filter costs a burst: the S/N of its exact filter over what is left of the channels.
TEST_CASE("flags leave bursts their S/N", "[engine][spectral_flags][property][statistics]") {
  const double part_of_band[] = {1.0, 0.25};
  for (const double dm : {50.0, 300.0, 1000.0}) {
    for (const double width : {1.0, 8.0, 64.0, 200.0, 400.0}) {
      for (const double part : part_of_band) {
        for (const double snr : {10.0, 30.0, 100.0, 500.0}) {
          Sky sky{band, samples, 77};
          const Sky noise = sky;
          const test::Pulse pulse{dm, 2500.0, width, snr / std::sqrt(part)};
          sky.add(pulse);
          const auto first = static_cast<std::size_t>(40);
          const auto last = first + static_cast<std::size_t>(part * 128.0);
          const auto inside = [&](std::size_t c) {
            return part == 1.0 || (c >= first && c < last);
          };
          for (std::size_t t = 0; t < samples; ++t) {
            for (std::size_t c = 0; c < band.channels; ++c) {
              if (!inside(c)) sky.at(t, c) = noise.at(t, c);
            }
          }
          const auto left = [&](const ConditionedBlock& block) {
            double kept = 0.0;
            double all = 0.0;
            sky.for_each_cell(pulse, [&](std::size_t, std::size_t c, double share) {
              if (!inside(c)) return;
              all += share * share;
              kept += block.flagged[c] ? 0.0 : share * share;
            });
            return std::sqrt(kept / all);
          };
          INFO("DM " << dm << ", " << width << " samples, S/N " << snr << ", " << part
                     << " of the band");
          CHECK(left(condition(sky, by_kurtosis(), bytes, 100.0F, 10.0F)) > 0.97);
          CHECK(left(condition(sky, by_iqrm(), bytes, 100.0F, 10.0F)) > 0.97);
          CHECK(left(condition(sky, by_periods(), bytes, 100.0F, 10.0F)) > 0.97);
          // One whose wings are wider than the widest box is more than unsteadiness leaves out.
          if (width > 200.0) continue;
          CHECK(left(condition(sky, by_unsteadiness(), bytes, 100.0F, 10.0F)) > 0.97);
        }
      }
    }
  }
}

}  // namespace draftstream
