#include "engine/tree/rows_of_spectra.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "engine/tree/byte_transpose.hpp"
#include "engine/tree/bytes_of_samples.hpp"

namespace draftstream {
namespace {

std::size_t first_byte(const FilterbankChunk& chunk, std::size_t channel) {
  return channel * static_cast<std::size_t>(chunk.format().bits) / 8;
}

// Spectra from t on, channels from c on; behind the samples, zeros.
void fill_tile(const FilterbankChunk& chunk, std::size_t t, std::size_t c, std::size_t count,
               ByteTile& tile) {
  for (std::size_t i = 0; i < tile_times; ++i) {
    const std::span<std::uint8_t, tile_channels> line{tile.bytes.data() + i * tile_channels,
                                                      tile_channels};
    if (t + i < chunk.samples()) {
      bytes_of_samples(chunk.spectrum(t + i).subspan(first_byte(chunk, c)), chunk.format(), count,
                       line);
    } else {
      std::fill(line.begin(), line.end(), std::uint8_t{0});
    }
  }
}

}  // namespace

void rows_of_spectra(const FilterbankChunk& chunk, std::size_t first,
                     std::span<std::uint8_t* const> rows, std::size_t length) {
  assert(rows.size() <= most_rows_at_once && length % tile_times == 0);
  std::array<std::uint8_t*, most_rows_at_once> places;  // NOLINT(*-member-init)
  std::copy(rows.begin(), rows.end(), places.begin());
  const std::size_t samples = chunk.samples();
  const std::byte* const spectra = samples == 0 ? nullptr : chunk.spectrum(0).data();
  const std::size_t stride = chunk.format().spectrum_bytes(chunk.channels());
  ByteTile tile;
  for (std::size_t t = 0; t < length; t += tile_times) {
    for (std::size_t c = 0; c < rows.size(); c += tile_channels) {
      const std::size_t count = std::min(tile_channels, rows.size() - c);
      const std::span<std::uint8_t*> here{places.data() + c, count};
      // Asks for what the next tile of these channels reads and writes. Spectra may lie 4096 bytes
      // apart, and their lines then share a few places of the first cache: they wait in the second
      // one. (Not a function: the compiler takes one that only prefetches for doing nothing.)
      const std::size_t ahead = std::min(t + tile_times, samples);
      for (std::size_t i = ahead; i < std::min(ahead + tile_times, samples); ++i) {
        __builtin_prefetch(spectra + i * stride + first_byte(chunk, first + c), 0, 2);
      }
      for (const std::uint8_t* place : here) __builtin_prefetch(place + tile_times, 1);
      if (chunk.format().bits == 8 && count == tile_channels && t + tile_times <= samples) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(spectra + t * stride);
        transpose(bytes + first + c, stride, chunk.format().is_signed ? 128 : 0, here.data(),
                  count);
      } else {
        fill_tile(chunk, t, first + c, count, tile);
        transpose(tile, here.data(), count);
      }
      for (std::uint8_t*& place : here) place += tile_times;
    }
  }
}

}  // namespace draftstream
