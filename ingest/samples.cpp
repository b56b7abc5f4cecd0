#include "ingest/samples.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

namespace draftstream {
namespace {

static_assert(std::endian::native == std::endian::little, "samples are stored little-endian");

// Byte value -> its samples, first channel in the lowest bits.
template <int Bits>
constexpr auto expansion_table() {
  constexpr int per_byte = 8 / Bits;
  std::array<std::array<float, per_byte>, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (int i = 0; i < per_byte; ++i) {
      table[byte][static_cast<std::size_t>(i)] =
          static_cast<float>((byte >> (i * Bits)) & ((1U << Bits) - 1U));
    }
  }
  return table;
}

template <int Bits>
void unpack_below_byte(std::span<const std::byte> stored, std::span<float> out) {
  static constexpr auto table = expansion_table<Bits>();
  constexpr std::size_t per_byte = 8 / Bits;
  const std::size_t whole = out.size() / per_byte;
  for (std::size_t b = 0; b < whole; ++b) {
    const auto& samples = table[std::to_integer<unsigned>(stored[b])];
    std::copy(samples.begin(), samples.end(),
              out.begin() + static_cast<std::ptrdiff_t>(b * per_byte));
  }
  if (const std::size_t rest = out.size() % per_byte; rest != 0) {
    const auto& samples = table[std::to_integer<unsigned>(stored[whole])];
    std::copy_n(samples.begin(), rest, out.begin() + static_cast<std::ptrdiff_t>(whole * per_byte));
  }
}

template <class Stored>
void unpack_whole(std::span<const std::byte> stored, std::span<float> out) {
  for (std::size_t c = 0; c < out.size(); ++c) {
    Stored value;
    std::memcpy(&value, stored.data() + c * sizeof value, sizeof value);
    out[c] = static_cast<float>(value);
  }
}

template <class Stored>
void pack_whole(std::span<const float> samples, const SampleFormat& format,
                std::span<std::byte> stored) {
  const float lowest = format.lowest();
  const float highest = format.highest();
  for (std::size_t c = 0; c < samples.size(); ++c) {
    const float clipped =
        samples[c] >= lowest ? std::min(samples[c], highest) : lowest;  // NaN: lowest
    const auto value = static_cast<Stored>(std::lrintf(clipped));
    std::memcpy(stored.data() + c * sizeof value, &value, sizeof value);
  }
}

void pack_below_byte(std::span<const float> samples, const SampleFormat& format,
                     std::span<std::byte> stored) {
  std::fill(stored.begin(), stored.end(), std::byte{0});
  const auto bits = static_cast<std::size_t>(format.bits);
  const float highest = format.highest();
  for (std::size_t c = 0; c < samples.size(); ++c) {
    const float clipped = samples[c] >= 0.0F ? std::min(samples[c], highest) : 0.0F;  // NaN: 0
    const auto value = static_cast<unsigned>(std::lrintf(clipped));
    stored[c * bits / 8] |= static_cast<std::byte>(value << (c * bits % 8));
  }
}

}  // namespace

float SampleFormat::lowest() const noexcept {
  return is_signed ? -std::ldexp(1.0F, bits - 1) : 0.0F;
}

float SampleFormat::highest() const noexcept {
  return std::ldexp(1.0F, is_signed ? bits - 1 : bits) - 1.0F;
}

std::string describe(const SampleFormat& format) {
  return fmt::format("{}-bit {}", format.bits,
                     format.is_float ? "float" : (format.is_signed ? "signed" : "unsigned"));
}

void check(const SampleFormat& format) {
  constexpr std::array depths{1, 2, 4, 8, 16, 32};
  if (std::find(depths.begin(), depths.end(), format.bits) == depths.end()) {
    throw std::invalid_argument(
        fmt::format("SampleFormat: bits = {}, expected 1, 2, 4, 8, 16 or 32", format.bits));
  }
  if (format.is_float != (format.bits == 32)) {
    throw std::invalid_argument("SampleFormat: 32 bits are float, and floats have 32 bits");
  }
  if (format.is_signed && format.bits != 8 && format.bits != 16) {
    throw std::invalid_argument(
        fmt::format("SampleFormat: signed samples have 8 or 16 bits, got {}", format.bits));
  }
}

void unpack_spectrum(std::span<const std::byte> stored, const SampleFormat& format,
                     std::span<float> out) {
  check(format);
  if (stored.size() != format.spectrum_bytes(out.size())) {
    throw std::invalid_argument(
        fmt::format("unpack_spectrum: {} channels of {} need {} bytes, got {}", out.size(),
                    describe(format), format.spectrum_bytes(out.size()), stored.size()));
  }
  switch (format.bits) {
    case 1:
      return unpack_below_byte<1>(stored, out);
    case 2:
      return unpack_below_byte<2>(stored, out);
    case 4:
      return unpack_below_byte<4>(stored, out);
    case 8:
      return format.is_signed ? unpack_whole<std::int8_t>(stored, out)
                              : unpack_whole<std::uint8_t>(stored, out);
    case 16:
      return format.is_signed ? unpack_whole<std::int16_t>(stored, out)
                              : unpack_whole<std::uint16_t>(stored, out);
    default:
      unpack_whole<float>(stored, out);
      for (float& value : out) {
        if (!std::isfinite(value)) value = std::numeric_limits<float>::quiet_NaN();
      }
  }
}

float unpack_sample(std::span<const std::byte> stored, const SampleFormat& format,
                    std::size_t channel) {
  // A byte holds whole samples: unpack those of one byte, or one sample.
  const auto bits = static_cast<std::size_t>(format.bits);
  const std::size_t together = bits < 8 ? 8 / bits : 1;
  std::array<float, 8> some{};
  unpack_spectrum(stored.subspan(channel * bits / 8, (bits + 7) / 8), format,
                  std::span{some}.first(together));
  return some[channel % together];
}

void pack_spectrum(std::span<const float> samples, const SampleFormat& format,
                   std::span<std::byte> stored) {
  check(format);
  if (stored.size() != format.spectrum_bytes(samples.size())) {
    throw std::invalid_argument(
        fmt::format("pack_spectrum: {} channels of {} need {} bytes, got {}", samples.size(),
                    describe(format), format.spectrum_bytes(samples.size()), stored.size()));
  }
  switch (format.bits) {
    case 8:
      return format.is_signed ? pack_whole<std::int8_t>(samples, format, stored)
                              : pack_whole<std::uint8_t>(samples, format, stored);
    case 16:
      return format.is_signed ? pack_whole<std::int16_t>(samples, format, stored)
                              : pack_whole<std::uint16_t>(samples, format, stored);
    case 32: {
      const auto bytes = std::as_bytes(samples);
      std::copy(bytes.begin(), bytes.end(), stored.begin());
      return;
    }
    default:
      return pack_below_byte(samples, format, stored);
  }
}

}  // namespace draftstream
