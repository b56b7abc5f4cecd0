// Samples as packets hold them, on their way into spectra.
#pragma once

#include <cstddef>
#include <span>

#include "ingest/samples.hpp"

namespace draftstream {

enum class SampleKind { u8, i8, f32 };

/// How the samples of a packet or heap lie.
struct PacketSamples {
  SampleKind kind = SampleKind::u8;
  bool big_endian = false;    ///< Of f32.
  std::size_t products = 1;   ///< Values of a channel, next to each other: polarisations, ...
  bool sum_two = false;       ///< Stokes I is the sum of the first two of them; else the first.
  bool time_fastest = false;  ///< [channel, time, product] instead of [time, channel, product].

  /// Of `samples` spectra of `channels` channels.
  [[nodiscard]] std::size_t bytes(std::size_t samples, std::size_t channels) const noexcept {
    return samples * channels * products * (kind == SampleKind::f32 ? 4 : 1);
  }
};

/// What holds their Stokes I exactly: the samples' own format, 16 bits for sums of two of 8 bits.
/// @param as_float  32-bit floats in any case: what is missing can then be said in the samples.
SampleFormat assembled_format(const PacketSamples& layout, bool as_float);

/// Writes Stokes I.
/// @param data    layout.bytes(samples, channels) bytes.
/// @param format  assembled_format() of the layout.
/// @param out     Sample [0, 0]; shape [time, channel], rows `stride` bytes apart.
void write_samples(const PacketSamples& layout, std::span<const std::byte> data,
                   std::size_t samples, std::size_t channels, const SampleFormat& format,
                   std::byte* out, std::size_t stride) noexcept;

}  // namespace draftstream
