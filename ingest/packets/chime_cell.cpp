// The inner loop of CHIME/FRB streams: bytes [up, time] to samples [time, up]. Built with -O3.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "ingest/packets/chime_stream.hpp"

namespace draftstream {
namespace {

constexpr float masked = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t tile = 64;  // channels that are turned round at a time

// One row of at most `tile` samples. Whole tiles have a fixed length, which compilers can use.
template <class Count>
void convert(const std::array<std::uint8_t, tile>& bytes, Count count, float scale, float offset,
             std::array<float, tile>& values) noexcept {
  for (std::size_t u = 0; u < count; ++u) {
    const float value = scale * static_cast<float>(bytes[u]) + offset;
    values[u] = bytes[u] == 0 || bytes[u] == 255 ? masked : value;
  }
}

void store(const std::array<float, tile>& values, std::size_t count, bool as_float,
           std::byte* out) noexcept {
  if (as_float) {
    std::memcpy(out, values.data(), count * sizeof(float));
    return;
  }
  for (std::size_t u = 0; u < count; ++u) {
    const float clipped = values[u] >= 0.0F ? std::min(values[u], 255.0F) : 0.0F;  // NaN: 0
    out[u] = static_cast<std::byte>(std::lrintf(clipped));
  }
}

}  // namespace

void write_chime_cell(std::span<const std::byte> bytes, std::size_t up, float scale, float offset,
                      bool up_ascending, const SampleFormat& format, std::byte* out,
                      std::size_t stride) noexcept {
  const std::size_t samples = bytes.size() / up;
  const std::size_t sample_bytes = format.is_float ? sizeof(float) : 1;
  std::array<std::uint8_t, tile> turned{};
  std::array<float, tile> values;
  for (std::size_t t = 0; t < samples; ++t, out += stride) {
    for (std::size_t first = 0; first < up; first += tile) {
      const std::size_t count = std::min(tile, up - first);
      for (std::size_t u = 0; u < count; ++u) {
        const std::size_t channel = up_ascending ? up - 1 - (first + u) : first + u;
        turned[u] = std::to_integer<std::uint8_t>(bytes[channel * samples + t]);
      }
      if (count == 16) {  // CHIME's
        convert(turned, std::integral_constant<std::size_t, 16>{}, scale, offset, values);
      } else {
        convert(turned, count, scale, offset, values);
      }
      store(values, count, format.is_float, out + first * sample_bytes);
    }
  }
}

}  // namespace draftstream
