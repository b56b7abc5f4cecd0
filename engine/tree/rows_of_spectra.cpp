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

// Asks for what the next tile of the same channels reads and writes. Spectra may lie 4096 bytes
// apart, and their lines then share a few places of the first cache: they wait in the second one.
void prefetch(const FilterbankChunk& chunk, std::size_t t, std::size_t channel,
              std::span<std::uint8_t* const> rows) {
  constexpr int second_cache = 2;
  const std::size_t end = std::min(t + tile_times, chunk.samples());
  const std::size_t place = first_byte(chunk, channel);
  for (std::size_t i = t; i < end; ++i) {
    __builtin_prefetch(chunk.spectrum(i).data() + place, 0, second_cache);
  }
  for (const std::uint8_t* row : rows) __builtin_prefetch(row + tile_times, 1);
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
  ByteTile tile;
  for (std::size_t t = 0; t < length; t += tile_times) {
    for (std::size_t c = 0; c < rows.size(); c += tile_channels) {
      const std::size_t count = std::min(tile_channels, rows.size() - c);
      const std::span<std::uint8_t*> here{places.data() + c, count};
      prefetch(chunk, t + tile_times, first + c, here);
      if (chunk.format().bits == 8 && count == tile_channels && t + tile_times <= chunk.samples()) {
        const auto* spectra = reinterpret_cast<const std::uint8_t*>(chunk.spectrum(t).data());
        transpose(spectra + first + c, chunk.channels(), chunk.format().is_signed ? 128 : 0,
                  here.data(), count);
      } else {
        fill_tile(chunk, t, first + c, count, tile);
        transpose(tile, here.data(), count);
      }
      for (std::uint8_t*& place : here) place += tile_times;
    }
  }
}

}  // namespace draftstream
