// The inner loop of CHIME/FRB streams: bytes [up, time] to samples [time, up]. Built with -O3.
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "ingest/packets/chime_stream.hpp"

namespace draftstream {
namespace {

constexpr float masked = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t side = 8;    // of a square of bytes that is turned round at once
constexpr std::size_t strip = 16;  // channels of a row that is written at once: a cache line

using Square = std::array<std::uint64_t, side>;

// Byte t of word u becomes byte u of word t: exchanges of halves, quarters, eighths of words.
// source: H. S. Warren, Hacker's Delight, 2nd edition (2012), section 7-3, for bytes
void turn(Square& x) noexcept {
  const auto exchange = [&x](std::size_t a, std::size_t b, unsigned bits, std::uint64_t mask) {
    const std::uint64_t differ = (x[a] >> bits ^ x[b]) & mask;
    x[b] ^= differ;
    x[a] ^= differ << bits;
  };
  for (const std::size_t a : {0U, 1U, 2U, 3U}) exchange(a, a + 4, 32, 0x00000000ffffffffU);
  for (const std::size_t a : {0U, 1U, 4U, 5U}) exchange(a, a + 2, 16, 0x0000ffff0000ffffU);
  for (const std::size_t a : {0U, 2U, 4U, 6U}) exchange(a, a + 1, 8, 0x00ff00ff00ff00ffU);
}

float value_of(std::uint8_t byte, float scale, float offset) noexcept {
  return byte == 0 || byte == 255 ? masked : scale * static_cast<float>(byte) + offset;
}

// To nearest, ties to even: a float of 2^23 and more has no bits behind the point.
std::byte rounded(float value) noexcept {
  const float clipped = value >= 0.0F ? std::min(value, 255.0F) : 0.0F;  // NaN: 0
  return static_cast<std::byte>(std::bit_cast<std::uint32_t>(clipped + 8'388'608.0F));
}

// A row of 16 samples: of fixed length, which compilers make vectors of.
void write_strip(const std::array<std::uint8_t, strip>& bytes, float scale, float offset,
                 bool as_float, std::byte* out) noexcept {
  std::array<float, strip> values;
  for (std::size_t u = 0; u < strip; ++u) {
    values[u] = scale * static_cast<float>(bytes[u]) + offset;
  }
  for (std::size_t u = 0; u < strip; ++u) {
    const auto code = static_cast<std::int32_t>(bytes[u]);
    values[u] = code == 0 || code == 255 ? masked : values[u];
  }
  if (as_float) {
    std::memcpy(out, values.data(), sizeof values);
    return;
  }
  for (std::size_t u = 0; u < strip; ++u) out[u] = rounded(values[u]);
}

// 16 channels by 8 spectra. `channel` leads from one channel to the next, forward or back.
void write_block(const std::uint8_t* first, std::ptrdiff_t channel, float scale, float offset,
                 bool as_float, std::byte* out, std::size_t stride) noexcept {
  std::array<Square, 2> halves;
  for (std::size_t u = 0; u < strip; ++u) {
    std::memcpy(&halves[u / side][u % side], first + static_cast<std::ptrdiff_t>(u) * channel,
                side);
  }
  turn(halves[0]);
  turn(halves[1]);
  for (std::size_t t = 0; t < side; ++t) {
    std::array<std::uint8_t, strip> bytes;
    std::memcpy(bytes.data(), &halves[0][t], side);
    std::memcpy(bytes.data() + side, &halves[1][t], side);
    write_strip(bytes, scale, offset, as_float, out + t * stride);
  }
}

}  // namespace

void write_chime_cell(std::span<const std::byte> bytes, std::size_t up, float scale, float offset,
                      bool up_ascending, const SampleFormat& format, std::byte* out,
                      std::size_t stride) noexcept {
  const std::size_t samples = bytes.size() / up;
  const std::size_t sample_bytes = format.is_float ? sizeof(float) : 1;
  const auto* const stored = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto row = static_cast<std::ptrdiff_t>(samples);
  const std::uint8_t* const top = up_ascending ? stored + (up - 1) * samples : stored;
  const std::ptrdiff_t channel = up_ascending ? -row : row;
  // Whole blocks, and then what they leave over.
  const std::size_t whole_up = up - up % strip;
  const std::size_t whole_samples = samples - samples % side;
  for (std::size_t u = 0; u < whole_up; u += strip) {
    for (std::size_t t = 0; t < whole_samples; t += side) {
      write_block(top + static_cast<std::ptrdiff_t>(u) * channel + t, channel, scale, offset,
                  format.is_float, out + t * stride + u * sample_bytes, stride);
    }
  }
  for (std::size_t t = 0; t < samples; ++t) {
    for (std::size_t u = t < whole_samples ? whole_up : 0; u < up; ++u) {
      const std::uint8_t byte =
          top[static_cast<std::ptrdiff_t>(u) * channel + static_cast<std::ptrdiff_t>(t)];
      const float value = value_of(byte, scale, offset);
      std::byte* const at = out + t * stride + u * sample_bytes;
      if (format.is_float) {
        std::memcpy(at, &value, sizeof value);
      } else {
        *at = rounded(value);
      }
    }
  }
}

}  // namespace draftstream
