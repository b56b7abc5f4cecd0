// How samples are stored, and the way from stored bytes to floats and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace draftstream {

/// One sample as stored in the ring: little-endian; below 8 bits, the first channel is in the
/// lowest bits of a byte (SIGPROC's order) and every spectrum begins at a whole byte.
struct SampleFormat {
  int bits = 8;            ///< 1, 2, 4, 8, 16 or 32.
  bool is_signed = false;  ///< Two's complement; 8 and 16 bits only.
  bool is_float = false;   ///< IEEE 754 single; exactly when bits == 32. NaN means "missing".

  /// Bytes of one spectrum of `channels` samples, the last byte padded.
  [[nodiscard]] std::size_t spectrum_bytes(std::size_t channels) const noexcept {
    return (channels * static_cast<std::size_t>(bits) + 7) / 8;
  }
  /// Smallest and largest value an integer format holds; meaningless for floats.
  [[nodiscard]] float lowest() const noexcept;
  [[nodiscard]] float highest() const noexcept;

  friend bool operator==(const SampleFormat&, const SampleFormat&) = default;
};

inline constexpr SampleFormat float_samples{32, false, true};

/// "8-bit unsigned", "32-bit float".
std::string describe(const SampleFormat& format);

/// @throws std::invalid_argument naming the field that no reader of ours can produce.
void check(const SampleFormat& format);

/// Expands one spectrum.
/// @param stored  spectrum_bytes(out.size()) bytes.
/// @param out     Shape [channel]. Infinities become NaN.
/// @throws std::invalid_argument on a format that check() refuses or another number of bytes.
void unpack_spectrum(std::span<const std::byte> stored, const SampleFormat& format,
                     std::span<float> out);

/// One sample of a spectrum, as unpack_spectrum has it.
/// @param stored  The bytes of the spectrum, at least up to the sample's.
float unpack_sample(std::span<const std::byte> stored, const SampleFormat& format,
                    std::size_t channel);

/// The inverse: rounds to nearest, ties to even, and clips to what the format holds; NaN is stored
/// as the lowest value of an integer format. Padding bits are 0.
/// @throws std::invalid_argument as unpack_spectrum.
void pack_spectrum(std::span<const float> samples, const SampleFormat& format,
                   std::span<std::byte> stored);

}  // namespace draftstream
