// Packing undoes unpacking, in every format and for every number of channels.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "ingest/samples.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

// Random bytes of one spectrum, padding bits 0; floats are finite.
std::vector<std::byte> random_spectrum(const SampleFormat& format, std::size_t channels,
                                       std::mt19937& random) {
  std::vector<std::byte> stored(format.spectrum_bytes(channels));
  for (std::byte& byte : stored) byte = static_cast<std::byte>(random() & 0xFFU);
  if (format.is_float) {
    for (std::size_t c = 0; c < channels; ++c) stored[4 * c + 3] &= std::byte{0xBF};  // < 2
  }
  const std::size_t used = channels * static_cast<std::size_t>(format.bits) % 8;
  if (used != 0) stored.back() &= static_cast<std::byte>((1U << used) - 1U);
  return stored;
}

// The definition, bit by bit.
float stored_value(const std::vector<std::byte>& stored, const SampleFormat& format,
                   std::size_t channel) {
  const auto bits = static_cast<std::size_t>(format.bits);
  long value = 0;
  for (std::size_t bit = 0; bit < bits; ++bit) {
    const std::size_t at = channel * bits + bit;
    const long set = std::to_integer<long>(stored[at / 8] >> (at % 8)) & 1L;
    const bool sign = format.is_signed && bit + 1 == bits;
    value += (sign ? -set : set) << bit;
  }
  return static_cast<float>(value);
}

}  // namespace

TEST_CASE("packing undoes unpacking", "[ingest][samples][property]") {
  const auto format =
      GENERATE(SampleFormat{1}, SampleFormat{2}, SampleFormat{4}, SampleFormat{8},
               SampleFormat{8, true}, SampleFormat{16}, SampleFormat{16, true}, float_samples);
  CAPTURE(describe(format));
  std::mt19937 random{static_cast<unsigned>(format.bits)};
  for (std::size_t channels = 1; channels < 70; ++channels) {
    CAPTURE(channels);
    const auto stored = random_spectrum(format, channels, random);
    std::vector<float> samples(channels);
    unpack_spectrum(stored, format, samples);
    if (!format.is_float) {
      for (std::size_t c = 0; c < channels; ++c) {
        REQUIRE(samples[c] == stored_value(stored, format, c));
      }
    }
    std::vector<std::byte> again(stored.size(), std::byte{0xEE});
    pack_spectrum(samples, format, again);
    REQUIRE(again == stored);
  }
}

TEST_CASE("every value is rounded to its nearest neighbour", "[ingest][samples][property]") {
  const auto format = GENERATE(SampleFormat{2}, SampleFormat{4}, SampleFormat{8},
                               SampleFormat{8, true}, SampleFormat{16}, SampleFormat{16, true});
  CAPTURE(describe(format));
  std::mt19937 random{7};
  std::uniform_real_distribution<float> value{format.lowest(), format.highest()};
  std::vector<float> samples(1001);
  for (float& sample : samples) sample = value(random);
  std::vector<std::byte> stored(format.spectrum_bytes(samples.size()));
  pack_spectrum(samples, format, stored);
  std::vector<float> back(samples.size());
  unpack_spectrum(stored, format, back);
  for (std::size_t c = 0; c < samples.size(); ++c) {
    REQUIRE(std::abs(back[c] - samples[c]) <= 0.5F);
  }
}

}  // namespace draftstream
