// Spectra of bytes become rows, by the widest vectors the machine has.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace draftstream {

/// What is transposed at once, so that whole cache lines are read and written: as many spectra as a
/// line of a row holds, as many channels as a line of a spectrum does.
inline constexpr std::size_t tile_times = 64;
inline constexpr std::size_t tile_channels = 64;

/// A tile of spectra that had to be unpacked first: shape [time][channel].
struct alignas(64) ByteTile {
  std::array<std::uint8_t, tile_times * tile_channels> bytes{};
};

/// rows[c][t] = spectra[t * stride + c] for 64 times and the first `channels` channels.
/// @param spectra   Of each, 64 bytes are read.
/// @param flip      Added, modulo 256: 128 makes signed samples bytes.
/// @param rows      Where each channel's bytes of this tile begin.
/// @param channels  At most 64.
void transpose(const std::uint8_t* spectra, std::size_t stride, std::uint8_t flip,
               std::uint8_t* const* rows, std::size_t channels);

/// The same from a tile.
inline void transpose(const ByteTile& tile, std::uint8_t* const* rows, std::size_t channels) {
  transpose(tile.bytes.data(), tile_channels, 0, rows, channels);
}

}  // namespace draftstream
