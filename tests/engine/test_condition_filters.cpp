// Conditioning, second half: what takes interference out, and what it must leave in.
#include <cmath>
#include <cstddef>
#include <vector>

#include "tests/engine/condition_run.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::bare;
using test::condition;
using test::count;
using test::flagged_channels;
using test::Sky;

constexpr std::size_t samples = 8192;
const test::Band band{1500.0, -4.0, 64, 0.5e-3};

ConditionConfig with(ZeroDm filter) {
  ConditionConfig config = bare();
  config.zero_dm = filter;
  return config;
}

double variance(const ConditionedBlock& block) {
  double squares = 0.0;
  for (const float x : block.values) squares += static_cast<double>(x) * static_cast<double>(x);
  return squares / static_cast<double>(block.values.size());
}

// S/N at DM 0 of spectrum t.
double zero_dm_snr(const ConditionedBlock& block, std::size_t t) {
  double sum = 0.0;
  for (std::size_t c = 0; c < block.channels; ++c) sum += static_cast<double>(block.row(c)[t]);
  return sum / std::sqrt(static_cast<double>(block.channels));
}

std::size_t masked_spectra(const ConditionedBlock& block) {
  std::size_t masked = 0;
  for (const Fate fate : block.fates) masked += fate == Fate::masked ? 1 : 0;
  return masked;
}

}  // namespace

// An impulse of a steps in every channel leaves nothing when their mean is subtracted; white noise
// keeps 1 - 1/N of its variance, N = 64 channels.
TEST_CASE("the zero-DM filter takes broad-band signals out", "[engine][condition][zero_dm]") {
  Sky sky{band, samples, 1};
  for (std::size_t c = 0; c < band.channels; ++c) {
    for (std::size_t t = 4000; t < 4100; ++t) sky.at(t, c) += 1.0F;
  }
  const ConditionedBlock off = condition(sky, with(ZeroDm::off));
  const ConditionedBlock plain = condition(sky, with(ZeroDm::plain));
  const ConditionedBlock zdot = condition(sky, with(ZeroDm::zdot));
  CHECK(zero_dm_snr(off, 4050) > 4.0);
  for (std::size_t t = 4000; t < 4100; ++t) {
    REQUIRE(std::abs(zero_dm_snr(plain, t)) < 1e-4);
    REQUIRE(std::abs(zero_dm_snr(zdot, t)) < 1e-4);  // regressions add up to that of their sum
  }

  const Sky quiet{band, samples, 1};
  for (const ZeroDm filter : {ZeroDm::plain, ZeroDm::zdot}) {
    CHECK(std::abs(variance(condition(quiet, with(filter))) - (1.0 - 1.0 / 64.0)) < 3e-3);
  }
}

// Interference that is strong in half of the channels: the plain mean leaves +-half of it, the
// regression takes each channel's own share.
TEST_CASE("zdot takes uneven broad-band signals out, plain does not",
          "[engine][condition][zero_dm]") {
  Sky sky{band, samples, 2};
  for (std::size_t t = 0; t < samples; ++t) {
    const auto hum = static_cast<float>(2.0 * std::sin(0.05 * static_cast<double>(t)));
    for (std::size_t c = 0; c < 32; ++c) sky.at(t, c) += hum;
  }
  const auto residue = [](const ConditionedBlock& block) {
    double product = 0.0;
    for (std::size_t t = 0; t < samples; ++t) {
      product += static_cast<double>(block.row(5)[t]) * std::sin(0.05 * static_cast<double>(t));
    }
    return product / (0.5 * static_cast<double>(samples));
  };
  const double untouched = residue(condition(sky, with(ZeroDm::off)));
  CHECK(untouched > 1.0);
  CHECK(std::abs(residue(condition(sky, with(ZeroDm::plain)))) > 0.3 * untouched);
  CHECK(std::abs(residue(condition(sky, with(ZeroDm::zdot)))) < 0.1 * untouched);
}

TEST_CASE("channels that are not good take no part in the zero-DM mean",
          "[engine][condition][zero_dm]") {
  const Sky sky{band, samples, 3};
  ConditionConfig config = with(ZeroDm::plain);
  config.masked_channels.assign(band.channels, false);
  config.masked_channels[10] = true;
  const ConditionedBlock without = condition(sky, config);
  Sky louder = sky;
  for (std::size_t t = 0; t < samples; ++t) louder.at(t, 10) *= static_cast<float>(t % 7);
  CHECK(condition(louder, config).values == without.values);
}

TEST_CASE("impulses are masked, with nothing beside them", "[engine][condition][impulses]") {
  Sky sky{band, samples, 4};
  for (std::size_t c = 0; c < band.channels; ++c) {
    sky.at(1000, c) += 2.0F;  // S/N 16 at DM 0
    for (std::size_t t = 2000; t < 2010; ++t) sky.at(t, c) += 3.0F;
    sky.at(3000, c) += 0.5F;  // S/N 4: stays
  }
  ConditionConfig config = bare();
  CHECK(masked_spectra(condition(sky, config)) == 0);
  config.impulse_sigma = 8.0;
  const ConditionedBlock block = condition(sky, config);
  for (std::size_t t = 0; t < samples; ++t) {
    const bool impulse = t == 1000 || (t >= 2000 && t < 2010);
    REQUIRE(block.fates[t] == (impulse ? Fate::masked : Fate::searched));
    REQUIRE(block.weight_row(30)[t] == (impulse ? Weight::masked : Weight::good));
  }
  CHECK(block.row(30)[1000] == 0.0F);
  CHECK(block.good_samples == samples - 11);
}

TEST_CASE("narrow-band interference is flagged, its neighbours are not",
          "[engine][condition][flags]") {
  Sky sky{band, samples, 5};
  for (std::size_t t = 0; t < samples; ++t) {
    sky.at(t, 10) += t % 100 < 10 ? 5.0F : 0.0F;                                         // a radar
    sky.at(t, 20) += static_cast<float>(2.0 * std::sin(0.02 * static_cast<double>(t)));  // a beat
    sky.at(t, 30) *= 4.0F;  // loud, but white: no harm once scaled
  }
  ConditionConfig config = bare();
  CHECK(flagged_channels(condition(sky, config)) == 0);
  config.flag_channels = true;
  const ConditionedBlock block = condition(sky, config);
  CHECK(block.flagged[10]);
  CHECK(block.flagged[20]);
  CHECK(flagged_channels(block) == 2);
}

// Neither channel flags nor impulse masking may take a burst for interference.
TEST_CASE("a burst of any brightness stays", "[engine][condition][property][statistics]") {
  ConditionConfig config;  // the defaults
  struct Row {
    double dm;
    double width;
    double middle;
  };
  const Row rows[] = {
      {30.0, 1.0, 3000.5},   {30.0, 8.0, 4096.0},    {100.0, 2.0, 1.5},
      {100.0, 30.0, 4090.0}, {300.0, 4.0, 7000.0},   {300.0, 100.0, 3000.0},
      {600.0, 1.0, 2048.5},  {600.0, 250.0, 3840.0}, {20.0, 3.0, 8180.0},
  };
  for (const Row& row : rows) {
    for (const double snr : {10.0, 30.0, 100.0, 300.0}) {
      INFO("DM " << row.dm << ", " << row.width << " samples at " << row.middle << ", S/N " << snr);
      Sky sky{band, samples, 6};
      sky.add({row.dm, row.middle, row.width, snr, test::Profile::top_hat});
      const ConditionedBlock block = condition(sky, config);
      // The brightest that cross the band fast lose some: see engine/impulses.hpp.
      const double few = row.dm <= 30.0 && snr >= 100.0 ? 0.5 * band.sweep(row.dm) : 0.0;
      CHECK(static_cast<double>(masked_spectra(block)) <= few);
      CHECK(flagged_channels(block) == 0);
    }
  }
}

// What conditioning leaves of a dispersed burst: nearly all of it, once its sweep is long.
TEST_CASE("a dispersed burst keeps its sum", "[engine][condition][property]") {
  const test::Pulse pulse{400.0, 2000.0, 6.0, 100.0, test::Profile::top_hat};
  Sky sky{band, samples, 7};
  sky.add(pulse);
  for (const ZeroDm filter : {ZeroDm::off, ZeroDm::plain, ZeroDm::zdot}) {
    ConditionConfig config;
    config.zero_dm = filter;
    const ConditionedBlock block = condition(sky, config);
    double sum = 0.0;
    double cells = 0.0;
    sky.for_each_cell(pulse, [&](std::size_t t, std::size_t c, double share) {
      sum += share * static_cast<double>(block.row(c)[t]);
      cells += share * share;
    });
    CHECK(std::abs(sum / std::sqrt(cells) - 100.0) < 6.0);  // noise 1, 1 to 2 % taken along
  }
}

}  // namespace draftstream
