// Mean and sigma of Gaussian noise at every bit depth, and what bursts do to them.
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "engine/median.hpp"
#include "engine/robust_scale.hpp"
#include "ingest/samples.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {
namespace {

// What a recorder of this format keeps of x.
float stored(float x, const SampleFormat& format) {
  std::byte bytes[4]{};
  float out = 0.0F;
  const std::span<std::byte> here = std::span{bytes}.first(format.spectrum_bytes(1));
  pack_spectrum(std::span{&x, 1}, format, here);
  unpack_spectrum(here, format, std::span{&out, 1});
  return out;
}

std::vector<float> noise(std::size_t samples, std::uint64_t seed, float mean, float sigma,
                         const SampleFormat& format = float_samples) {
  std::vector<float> out(samples);
  for (std::size_t t = 0; t < samples; ++t) {
    out[t] = stored(mean + sigma * test::gaussian(seed, t), format);
  }
  return out;
}

}  // namespace

// Over the plain standard deviation of the same samples; 40 blocks of 8192 know their mean ratio
// to 0.2 % at worst (one burst-free block: 1 / sqrt(2 * 8192) = 0.8 %, most of it shared).
TEST_CASE("sigma of noise is unbiased at every bit depth", "[engine][robust_scale]") {
  struct Row {
    const char* name;
    SampleFormat format;
    float mean;
    float sigma;
  };
  const Row rows[] = {
      {"1 bit", {1}, 0.5F, 1.0F},
      {"2 bits", {2}, 1.5F, 1.0F},
      {"4 bits", {4}, 7.5F, 3.0F},
      {"4 bits, coarse", {4}, 7.0F, 0.9F},
      {"4 bits, coarser than the quartiles", {4}, 7.0F, 0.6F},
      {"8 bits", {8}, 100.0F, 18.0F},
      {"8 bits, coarse", {8}, 96.3F, 1.1F},
      {"8 bits, signed", {8, true}, -3.2F, 6.0F},
      {"16 bits", {16}, 30000.0F, 400.0F},
      {"16 bits, large mean", {16}, 65000.0F, 7.0F},
      {"float", float_samples, 0.0F, 1.0F},
      {"float, large mean", float_samples, 1.0e6F, 3.0F},
      {"float, tiny", float_samples, 1.0e-12F, 1.0e-14F},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    double ratio = 0.0;
    double offset = 0.0;
    constexpr int blocks = 40;
    for (int block = 0; block < blocks; ++block) {
      const auto samples =
          noise(8192, static_cast<std::uint64_t>(block), row.mean, row.sigma, row.format);
      double sum = 0.0;
      for (const float x : samples) sum += static_cast<double>(x);
      const double mean = sum / 8192.0;
      double squares = 0.0;
      for (const float x : samples) {
        squares += (static_cast<double>(x) - mean) * (static_cast<double>(x) - mean);
      }
      const double sigma = std::sqrt(squares / 8192.0);
      const ChannelScale scale = robust_scale(samples, row.format.bits > 2);
      ratio += scale.sigma / sigma / blocks;
      offset += (scale.mean - mean) / sigma / blocks;
    }
    CHECK(std::abs(ratio - 1.0) < 0.005);
    CHECK(std::abs(offset) < 0.005);
  }
}

TEST_CASE("a bright burst hardly moves mean and sigma", "[engine][robust_scale]") {
  for (const float height : {8.0F, 20.0F, 300.0F}) {
    for (const std::size_t length : {82UL, 410UL}) {  // 1 and 5 % of the block
      INFO(length << " samples " << height << " sigma high");
      double ratio = 0.0;
      double offset = 0.0;
      constexpr int blocks = 20;
      for (int block = 0; block < blocks; ++block) {
        auto samples = noise(8192, static_cast<std::uint64_t>(block), 10.0F, 2.0F);
        for (std::size_t t = 1000; t < 1000 + length; ++t) samples[t] += 2.0F * height;
        const ChannelScale scale = robust_scale(samples, true);
        ratio += scale.sigma / 2.0 / blocks;
        offset += (scale.mean - 10.0) / 2.0 / blocks;
      }
      CHECK(std::abs(ratio - 1.0) < 0.03);
      CHECK(std::abs(offset) < 0.02);
    }
  }
}

TEST_CASE("without clipping, the moments are the plain ones", "[engine][robust_scale]") {
  std::vector<float> samples(100, 0.0F);
  for (std::size_t t = 0; t < 25; ++t) samples[t] = 1.0F;  // a quarter of ones
  const ChannelScale scale = robust_scale(samples, false);
  CHECK(std::abs(scale.mean - 0.25) < 1e-12);
  CHECK(std::abs(scale.sigma - std::sqrt(0.25 * 0.75)) < 1e-12);
}

TEST_CASE("a constant channel, and one of 15 samples, has no sigma", "[engine][robust_scale]") {
  for (const bool clip : {false, true}) {
    CHECK(robust_scale(std::vector<float>(1000, 42.0F), clip).sigma == 0.0);
    CHECK(robust_scale(noise(15, 1, 0.0F, 1.0F), clip).sigma == 0.0);
    CHECK(robust_scale(noise(16, 1, 0.0F, 1.0F), clip).sigma > 0.0);
    CHECK(robust_scale({}, clip).sigma == 0.0);
  }
}

TEST_CASE("a channel that is nearly constant keeps a sigma", "[engine][robust_scale]") {
  for (const std::size_t every : {2UL, 10UL, 29UL, 100UL}) {
    std::vector<float> samples(830, 5.0F);
    for (std::size_t t = 0; t < samples.size(); t += every) samples[t] = 6.0F;
    const double share = 1.0 / static_cast<double>(every);  // quartiles say nothing
    const double sigma = std::sqrt(share * (1.0 - share));
    CHECK(std::abs(robust_scale(samples, true).sigma / sigma - 1.0) < 0.05);
  }
}

TEST_CASE("median and scatter", "[engine][median]") {
  std::vector<float> odd{5.0F, 1.0F, 3.0F};
  CHECK(median(odd) == 3.0F);
  std::vector<float> even{4.0F, 1.0F, 3.0F, 2.0F};
  CHECK(median(even) == 3.0F);                                // the upper one
  std::vector<float> values{1.0F, 2.0F, 4.0F, 8.0F, 100.0F};  // |x - 4|: 3 2 0 4 96
  const CentreAndScatter found = median_and_scatter(values);
  CHECK(found.centre == 4.0);
  CHECK(std::abs(found.scatter - 1.4826 * 3.0) < 1e-6);
}

}  // namespace draftstream
