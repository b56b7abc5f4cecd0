// Conditioning of integers with holes: what floats with NaN become.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tests/engine/condition_run.hpp"
#include "tests/engine/holes_in_sky.hpp"
#include "tests/engine/quantised_run.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::Sky;

struct Stored {
  const char* name;
  SampleFormat format;
  float mean;
  float sigma;
};

const Stored formats[] = {{"8 bits", {8}, 110.0F, 12.0F},
                          {"signed 8 bits", {8, true}, -5.0F, 14.0F},
                          {"8 bits, few levels", {8}, 6.0F, 1.2F},
                          {"16 bits", {16}, 9000.0F, 300.0F},
                          {"4 bits", {4}, 7.5F, 2.0F},
                          {"2 bits", {2}, 1.5F, 1.0F},
                          {"1 bit", {1}, 0.5F, 1.0F},
                          {"float", float_samples, 5.0F, 1.0F}};

/// Noise on a band of its own shape, a burst, an impulse, channels of no use, a hum.
Sky sky_with_everything(std::size_t samples, std::size_t channels, std::uint64_t seed) {
  Sky sky{{1500.0, -2.0, channels, 0.5e-3}, samples, seed};
  sky.add({100.0, 0.3 * static_cast<double>(samples), 8.0, 40.0});
  for (std::size_t t = 0; t < samples; ++t) {
    const double hum = 0.4 * std::sin(0.01 * static_cast<double>(t));
    for (std::size_t c = 0; c < channels; ++c) {
      sky.at(t, c) += static_cast<float>(0.5 * std::cos(0.3 * static_cast<double>(c)) + hum);
    }
    sky.at(t, 10) += t % 100 < 10 ? 5.0F : 0.0F;  // a radar
    sky.at(t, 20) = 0.0F;                         // dead
  }
  for (std::size_t c = 0; c < channels; ++c) sky.at(samples / 2, c) += 3.0F;
  return sky;
}

ConditionedBlock condition(const Sky& sky, const ConditionConfig& config,
                           const SampleFormat& format, std::span<const std::byte> bytes,
                           std::span<const Gap> gaps, std::span<const Hole> holes,
                           unsigned threads = 1) {
  WorkerPool pool{threads};
  Conditioner conditioner{sky.observation(format).frequency, format, config, pool};
  ConditionedBlock block;
  conditioner.condition(
      FilterbankChunk{0, sky.samples, sky.band.channels, format, bytes, gaps, holes}, block);
  return block;
}

}  // namespace

TEST_CASE("holes in integers are NaN in floats, bit for bit",
          "[engine][condition][holes][arithmetic]") {
  const std::vector<Gap> gaps{{400, 60, Fate::missing}};
  for (const Stored& stored : formats) {
    if (stored.format.bits < 8 || stored.format.is_float || stored.mean < 10.0F) continue;
    for (const double share : {0.0, 0.001, 0.05, 0.4}) {
      INFO(stored.name << ", " << share << " lost");
      const Sky sky = sky_with_everything(2048, 70, 3);
      auto holes = test::lost_cells({share, 16, 5, 6}, 0, sky.samples, 70, 17);
      holes.push_back({2045, 3, 0, 70});  // whole spectra
      auto bytes = sky.stored(stored.format, stored.mean, stored.sigma);
      test::spoil(bytes, stored.format, 70, holes);
      const auto floats = test::as_floats(bytes, stored.format, 70, holes);
      for (const ZeroDm filter : {ZeroDm::off, ZeroDm::plain, ZeroDm::zdot}) {
        ConditionConfig config;
        config.zero_dm = filter;
        config.flag_kurtosis = true;
        const auto expected = condition(sky, config, float_samples, floats, gaps, {});
        const auto block = condition(sky, config, stored.format, bytes, gaps, holes, 2);
        CHECK(block.values == expected.values);
        CHECK(block.weights == expected.weights);
        CHECK(block.fates == expected.fates);
        CHECK(block.flagged == expected.flagged);
        CHECK(block.zero_dm == expected.zero_dm);
        CHECK(block.fates[2046] == Fate::invalid);
      }
    }
  }
}

TEST_CASE("rows of bytes with holes are those of the conditioner of floats",
          "[engine][quantised_conditioner][holes][parity][arithmetic]") {
  for (const Stored& stored : formats) {
    for (const std::size_t samples : {1000UL, 2048UL}) {
      for (const double share : {0.01, 0.3}) {
        INFO(stored.name << ", " << samples << " samples, " << share << " lost");
        const Sky sky = sky_with_everything(samples, 110, 4);
        auto holes = test::lost_cells({share, 16, 7, 6}, 0, samples, 110, 18);
        holes.push_back({samples - 3, 1, 0, 110});  // a whole spectrum
        holes.push_back({samples - 1, 1, 0, 108});  // nearly a whole one
        const std::vector<Gap> gaps{{20, 30, Fate::late}, {samples / 2, 7, Fate::missing}};
        for (const ZeroDm filter : {ZeroDm::off, ZeroDm::plain, ZeroDm::zdot}) {
          ConditionConfig config;
          config.zero_dm = filter;
          config.masked_channels.assign(110, false);
          config.masked_channels[33] = true;
          const auto run = test::check_parity(sky, config, stored.format, stored.mean, stored.sigma,
                                              gaps, 2, holes);
          CHECK(run.block.fates[samples - 3] == Fate::invalid);
        }
        test::check_parity(sky, test::bare(), stored.format, stored.mean, stored.sigma, gaps, 1,
                           holes);
      }
    }
  }
}

TEST_CASE("channels and spectra of which nothing came",
          "[engine][quantised_conditioner][holes][parity][arithmetic]") {
  constexpr std::size_t samples = 2048;
  for (const Stored& stored : formats) {
    for (const std::size_t channels : {3UL, 40UL, 90UL}) {  // of three, dropouts cannot be told
      INFO(stored.name << ", " << channels << " channels");
      const Sky sky{{1500.0, 2.0, channels, 0.5e-3}, samples, 8};
      const std::vector<std::vector<Hole>> all{
          {{0, samples, 0, channels}},      // nothing at all
          {{0, samples, 0, channels - 1}},  // one channel is left
          {{0, samples, 1, 1}, {700, 60, 0, 1}, {700, 60, 2, channels - 2}},
          {{0, samples - 90, 0, channels}, {samples - 90, 90, 0, 1}},  // a twentieth is left
      };
      for (const auto& holes : all) {
        ConditionConfig config;
        test::check_parity(sky, config, stored.format, stored.mean, stored.sigma, {}, 1, holes);
        config.masked_channels.assign(channels, false);
        config.masked_channels[0] = true;
        test::check_parity(sky, config, stored.format, stored.mean, stored.sigma, {}, 1, holes);
      }
    }
  }
}

TEST_CASE("neither what lies in holes, nor how they are cut, changes a row of bytes",
          "[engine][quantised_conditioner][holes][property]") {
  const Sky sky = sky_with_everything(4096, 130, 5);
  const SampleFormat format{8};
  const auto holes = test::lost_cells({0.1, 16, 8, 6}, 0, sky.samples, 130, 19);
  std::vector<Hole> cut;
  for (const Hole& hole : holes) {
    for (std::size_t c = hole.first_channel; c < hole.end_channel(); ++c) {
      cut.push_back({hole.first, hole.samples, c, 1});
    }
  }
  auto bytes = sky.stored(format, 100.0F, 10.0F);
  const FrequencyAxis frequency = sky.observation(format).frequency;
  const auto quantise = [&](const std::vector<Hole>& lost, unsigned threads) {
    const FilterbankChunk chunk{0, sky.samples, 130, format, bytes, {}, lost};
    return test::quantise_block(frequency, chunk, ConditionConfig{}, threads);
  };
  const auto expected = quantise(holes, 1);
  test::spoil(bytes, format, 130, holes);
  CHECK(quantise(holes, 1).rows == expected.rows);
  CHECK(quantise(cut, 3).rows == expected.rows);
  CHECK(quantise(cut, 3).block.zero_dm == expected.block.zero_dm);
  CHECK(quantise({}, 1).rows != expected.rows);
}

}  // namespace draftstream
