#include "ingest/packets/packet_samples.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

namespace draftstream {
namespace {

struct Shape {
  std::size_t samples;
  std::size_t channels;
  std::size_t stride;
};

template <class Stored>
Stored load(const std::byte* at, bool big_endian) noexcept {
  if constexpr (sizeof(Stored) == 1) {
    return static_cast<Stored>(*at);
  } else {
    std::uint32_t bits;
    std::memcpy(&bits, at, sizeof bits);
    if (big_endian) {
      bits = bits << 24U | (bits << 8U & 0xff0000U) | (bits >> 8U & 0xff00U) | bits >> 24U;
    }
    return std::bit_cast<Stored>(bits);
  }
}

template <class Stored, class Written>
void write_as(const PacketSamples& layout, const std::byte* data, const Shape& shape,
              std::byte* out) noexcept {
  const std::size_t value_bytes = layout.products * sizeof(Stored);
  const std::size_t channel_step = value_bytes * (layout.time_fastest ? shape.samples : 1);
  const std::size_t time_step = value_bytes * (layout.time_fastest ? 1 : shape.channels);
  for (std::size_t t = 0; t < shape.samples; ++t, out += shape.stride) {
    const std::byte* from = data + t * time_step;
    for (std::size_t c = 0; c < shape.channels; ++c, from += channel_step) {
      auto value = static_cast<Written>(load<Stored>(from, layout.big_endian));
      if (layout.sum_two) {
        value = static_cast<Written>(
            value + static_cast<Written>(load<Stored>(from + sizeof(Stored), layout.big_endian)));
      }
      std::memcpy(out + c * sizeof value, &value, sizeof value);
    }
  }
}

template <class Stored, class Sum>
void write_from(const PacketSamples& layout, const std::byte* data, const Shape& shape,
                const SampleFormat& format, std::byte* out) noexcept {
  if (format.is_float) {
    write_as<Stored, float>(layout, data, shape, out);
  } else if (layout.sum_two) {
    write_as<Stored, Sum>(layout, data, shape, out);
  } else if (layout.products == 1 && !layout.time_fastest) {  // as it lies
    for (std::size_t t = 0; t < shape.samples; ++t) {
      std::memcpy(out + t * shape.stride, data + t * shape.channels, shape.channels);
    }
  } else {
    write_as<Stored, Stored>(layout, data, shape, out);
  }
}

}  // namespace

SampleFormat assembled_format(const PacketSamples& layout, bool as_float) {
  if (as_float || layout.kind == SampleKind::f32) return float_samples;
  return {layout.sum_two ? 16 : 8, layout.kind == SampleKind::i8, false};
}

void write_samples(const PacketSamples& layout, std::span<const std::byte> data,
                   std::size_t samples, std::size_t channels, const SampleFormat& format,
                   std::byte* out, std::size_t stride) noexcept {
  const Shape shape{samples, channels, stride};
  switch (layout.kind) {
    case SampleKind::u8:
      return write_from<std::uint8_t, std::uint16_t>(layout, data.data(), shape, format, out);
    case SampleKind::i8:
      return write_from<std::int8_t, std::int16_t>(layout, data.data(), shape, format, out);
    case SampleKind::f32:
      return write_as<float, float>(layout, data.data(), shape, out);
  }
}

}  // namespace draftstream
