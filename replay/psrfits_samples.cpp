#include "replay/psrfits_samples.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "replay/psrfits_bytes.hpp"

namespace draftstream {
namespace {

// Byte -> the same samples in the opposite order. Its own inverse.
template <unsigned Bits>
constexpr std::array<std::byte, 256> reversal_table() {
  std::array<std::byte, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    unsigned reversed = 0;
    for (unsigned at = 0; at < 8; at += Bits) {
      reversed |= ((byte >> at) & ((1U << Bits) - 1U)) << (8 - Bits - at);
    }
    table[byte] = static_cast<std::byte>(reversed);
  }
  return table;
}

constexpr auto reversed_1bit = reversal_table<1>();
constexpr auto reversed_2bit = reversal_table<2>();
constexpr auto reversed_4bit = reversal_table<4>();

const std::array<std::byte, 256>& reversal(int bits) {
  return bits == 1 ? reversed_1bit : (bits == 2 ? reversed_2bit : reversed_4bit);
}

// Sample `index` of samples packed with the first in the highest bits.
unsigned packed_sample(const std::byte* bytes, std::size_t index, unsigned bits) {
  const std::size_t bit = index * bits;
  const auto shift = static_cast<unsigned>(8 - bits - bit % 8);
  return (std::to_integer<unsigned>(bytes[bit / 8]) >> shift) & ((1U << bits) - 1U);
}

// Each exchange is its own inverse: one function for reading and writing.
void exchange_whole_bytes(const std::byte* from, const PsrfitsSamples& samples, std::byte* to,
                          std::size_t bytes) {
  if (samples.bits < 8) {
    const auto& table = reversal(samples.bits);
    std::transform(from, from + bytes, to,
                   [&table](std::byte byte) { return table[std::to_integer<unsigned>(byte)]; });
  } else if (samples.bits == 8) {
    const auto flip = samples.flip_top_bit ? std::byte{0x80} : std::byte{0};
    std::transform(from, from + bytes, to, [flip](std::byte byte) { return byte ^ flip; });
  } else if (samples.bits == 16) {
    for (std::size_t at = 0; at < bytes; at += 2) {
      std::uint16_t word;
      std::memcpy(&word, from + at, sizeof word);
      word = swap_bytes(word);
      std::memcpy(to + at, &word, sizeof word);
    }
  } else {
    for (std::size_t at = 0; at < bytes; at += 4) {
      std::uint32_t word;
      std::memcpy(&word, from + at, sizeof word);
      word = swap_bytes(word);
      std::memcpy(to + at, &word, sizeof word);
    }
  }
}

// Flips the top bit of 16-bit words whose high byte is at `high_byte`.
void flip_top_bits(std::span<std::byte> words, std::size_t high_byte) {
  for (std::size_t at = high_byte; at < words.size(); at += 2) words[at] ^= std::byte{0x80};
}

bool in_whole_bytes(const PsrfitsSamples& samples) {
  return samples.channels * static_cast<std::size_t>(samples.bits) % 8 == 0;
}

}  // namespace

SampleFormat stored_format(const PsrfitsSamples& samples) noexcept {
  return {samples.bits, samples.is_signed, samples.bits == 32};
}

std::size_t row_data_bytes(const PsrfitsSamples& samples) noexcept {
  return (samples.row_spectra * samples.pols * samples.channels *
              static_cast<std::size_t>(samples.bits) +
          7) /
         8;
}

void copy_spectrum(std::span<const std::byte> data, const PsrfitsSamples& samples,
                   std::size_t spectrum, std::span<std::byte> out) {
  if (in_whole_bytes(samples)) {
    const auto from = data.subspan(spectrum * out.size(), out.size());
    exchange_whole_bytes(from.data(), samples, out.data(), out.size());
  } else {
    // Spectra follow each other bit by bit here.
    const auto bits = static_cast<unsigned>(samples.bits);
    std::fill(out.begin(), out.end(), std::byte{0});
    for (std::size_t c = 0; c < samples.channels; ++c) {
      const unsigned value = packed_sample(data.data(), spectrum * samples.channels + c, bits);
      out[c * bits / 8] |= static_cast<std::byte>(value << (c * bits % 8));
    }
  }
  if (samples.bits == 16 && samples.flip_top_bit) flip_top_bits(out, 1);
  if (samples.bits == 32) {
    for (std::size_t at = 0; at < out.size(); at += 4) {
      float value;
      std::memcpy(&value, out.data() + at, sizeof value);
      if (std::isfinite(value)) continue;
      value = std::numeric_limits<float>::quiet_NaN();
      std::memcpy(out.data() + at, &value, sizeof value);
    }
  }
}

void place_spectrum(std::span<const std::byte> spectrum_bytes, const PsrfitsSamples& samples,
                    std::size_t spectrum, std::span<std::byte> data) {
  if (in_whole_bytes(samples)) {
    const auto to = data.subspan(spectrum * spectrum_bytes.size(), spectrum_bytes.size());
    exchange_whole_bytes(spectrum_bytes.data(), samples, to.data(), to.size());
    if (samples.bits == 16 && samples.flip_top_bit) flip_top_bits(to, 0);
    return;
  }
  const auto bits = static_cast<unsigned>(samples.bits);
  for (std::size_t c = 0; c < samples.channels; ++c) {
    const unsigned value =
        (std::to_integer<unsigned>(spectrum_bytes[c * bits / 8]) >> (c * bits % 8)) &
        ((1U << bits) - 1U);
    const std::size_t bit = (spectrum * samples.channels + c) * bits;
    data[bit / 8] |= static_cast<std::byte>(value << (8 - bits - bit % 8));
  }
}

}  // namespace draftstream
