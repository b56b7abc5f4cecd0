// Where detector tiles lie: on a grid of sample index and sweep that nothing can move.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/candidate.hpp"

namespace draftstream {

/// One tile of the grid. Its *tile samples* are 2^level samples of the recording long.
struct TilePlace {
  unsigned level = 0;
  std::int64_t first_pixel = 0;  ///< Pixel p of time holds tile samples [8 p, 8 p + 8).
  std::int64_t first_row = 0;    ///< Row r of DM is a sweep of 4 r tile samples.

  friend bool operator==(const TilePlace&, const TilePlace&) = default;
};

/// A point of a tile, in pixels from its first pixel and rows from its first row.
struct TilePoint {
  double pixel = 0.0;
  double row = 0.0;
};

/// What of the recording has to be at hand around a candidate [samples].
struct LookReach {
  std::size_t before = 0;
  std::size_t after = 0;  ///< On top of the longest delay.
};

/// Tiles of one level overlap by half, in time and in DM: each point lies in the middle part of
/// just one. The lowest row of all is a sweep of 0, so the lowest tiles' middle begins with their
/// edge. The level is the lowest at which a pulse is at most 128 tile samples wide.
namespace tile_grid {

inline constexpr std::size_t rows = 256;
inline constexpr std::size_t pixels = 256;
inline constexpr std::size_t samples_a_pixel = 8;
inline constexpr std::size_t samples_a_row = 4;  ///< Of sweep.
inline constexpr std::size_t samples = pixels * samples_a_pixel;
inline constexpr std::uint32_t widest = 128;       ///< Boxcar [tile samples].
inline constexpr std::size_t margin = widest / 2;  ///< Samples read beside the tile.
inline constexpr unsigned levels = 3;

/// @param width  Of a pulse [samples of the recording].
[[nodiscard]] unsigned level_of(std::uint32_t width) noexcept;

/// The tile that a pulse belongs to.
/// @param middle  Of the pulse, at the highest channel [samples of the recording].
/// @param sweep   At its DM [samples of the recording], >= 0.
/// @param width   [samples of the recording]
[[nodiscard]] TilePlace place_of(double middle, double sweep, std::uint32_t width) noexcept;

/// Where in a tile something is.
[[nodiscard]] TilePoint point_of(const TilePlace& place, double middle, double sweep) noexcept;
/// The inverse.
[[nodiscard]] double middle_of(const TilePlace& place, double pixel) noexcept;
[[nodiscard]] double sweep_of(const TilePlace& place, double row) noexcept;

/// @param widest_box  Of the search [samples].
[[nodiscard]] LookReach reach(std::uint32_t widest_box) noexcept;

}  // namespace tile_grid

/// Middle of a candidate's box [samples].
[[nodiscard]] inline double middle_sample(const Candidate& candidate) noexcept {
  return static_cast<double>(candidate.first_sample) + 0.5 * candidate.boxcar_samples;
}

}  // namespace draftstream
