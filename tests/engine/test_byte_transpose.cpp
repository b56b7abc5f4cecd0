// Spectra become rows, whatever the instruction set, the format and the number of channels.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/tree/byte_transpose.hpp"
#include "engine/tree/rows_of_spectra.hpp"
#include "tests/engine/every_target.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {
namespace {

using test::on_every_target;

std::vector<std::uint8_t> random_bytes(std::uint64_t seed, std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  for (std::size_t i = 0; i < count; ++i) {
    bytes[i] = static_cast<std::uint8_t>(test::random_bits(seed, i));
  }
  return bytes;
}

// As it is stored, the lowest bits first; signed samples + 128.
int sample_of(const FilterbankChunk& chunk, std::size_t t, std::size_t c) {
  const auto bits = static_cast<std::size_t>(chunk.format().bits);
  const auto byte = std::to_integer<unsigned>(chunk.spectrum(t)[c * bits / 8]);
  const unsigned sample = byte >> (c * bits % 8) & ((1U << bits) - 1);
  return static_cast<int>(chunk.format().is_signed ? sample ^ 128U : sample);
}

}  // namespace

TEST_CASE("spectra are transposed, signed ones with their sign", "[engine][byte_transpose]") {
  constexpr std::size_t stride = 100;
  constexpr std::size_t before = 3;
  constexpr std::size_t length = tile_times + 8;
  const auto spectra = random_bytes(3, tile_times * stride);
  on_every_target([&] {
    for (const std::uint8_t flip : {std::uint8_t{0}, std::uint8_t{128}}) {
      for (const std::size_t channels : {1UL, 15UL, 16UL, 17UL, 33UL, 63UL, 64UL}) {
        std::vector<std::uint8_t> rows(tile_channels * length, 7);
        std::vector<std::uint8_t*> places;
        for (std::size_t c = 0; c < channels; ++c) places.push_back(&rows[c * length + before]);
        transpose(spectra.data() + 7, stride, flip, places.data(), channels);
        for (std::size_t c = 0; c < tile_channels; ++c) {
          for (std::size_t i = 0; i < length; ++i) {
            const bool written = c < channels && i >= before && i < before + tile_times;
            const int expected = written ? spectra[7 + (i - before) * stride + c] ^ flip : 7;
            REQUIRE(int{rows[c * length + i]} == expected);
          }
        }
      }
    }
  });
}

TEST_CASE("rows hold a chunk's samples, and zeros behind them", "[engine][byte_transpose]") {
  struct Case {
    int bits;
    bool is_signed;
    std::size_t channels;
    std::size_t first;
    std::size_t rows;
    std::size_t samples;
  };
  const Case cases[] = {
      {8, false, 200, 0, 200, 128}, {8, false, 200, 64, 136, 130},  {8, true, 128, 0, 128, 1},
      {4, false, 200, 64, 70, 77},  {2, false, 1000, 448, 512, 64}, {1, false, 130, 128, 2, 65},
      {8, false, 64, 0, 64, 0},     {8, true, 600, 64, 512, 200},
  };
  for (const Case& one : cases) {
    INFO(one.bits << " bits, " << one.channels << " channels, " << one.samples << " samples");
    SampleFormat format;
    format.bits = one.bits;
    format.is_signed = one.is_signed;
    const auto stored = random_bytes(5, one.samples * format.spectrum_bytes(one.channels));
    const FilterbankChunk chunk{
        0, one.samples, one.channels, format, std::as_bytes(std::span{stored}), {}};
    const std::size_t length = (one.samples / 64 + 2) * 64;
    std::vector<std::uint8_t> rows(one.rows * (length + 1), 7);
    std::vector<std::uint8_t*> places;
    for (std::size_t i = 0; i < one.rows; ++i) places.push_back(&rows[i * (length + 1)]);
    rows_of_spectra(chunk, one.first, places, length);
    for (std::size_t i = 0; i < one.rows; ++i) {
      for (std::size_t t = 0; t < length; ++t) {
        const int expected = t < one.samples ? sample_of(chunk, t, one.first + i) : 0;
        REQUIRE(int{places[i][t]} == expected);
      }
      REQUIRE(int{places[i][length]} == 7);
    }
  }
}

}  // namespace draftstream
