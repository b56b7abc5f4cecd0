// What the detector says of a tile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/infer/tile_grid.hpp"

namespace draftstream {

/// A pulse that the detector sees.
struct HeatPeak {
  TilePoint point;
  double logit = 0.0;
  double width = 1.0;  ///< [tile samples], 1 to tile_grid::widest.
};

/// One output of the detector: shape [5][64][64] of cells of 4 rows and 4 pixels: logit of a pulse,
/// its place inside the cell in pixels and rows (0 to 1), log2(width) / 4, ln(S/N) / 2.
class HeatMap {
 public:
  static constexpr std::size_t stride = 4;
  static constexpr std::size_t side = tile_grid::pixels / stride;
  static constexpr std::size_t values = 5;
  static constexpr std::size_t size = values * side * side;

  /// @param output  `size` values, which must outlive this.
  explicit HeatMap(std::span<const float> output) : output_{output} {}

  /// The highest logit where a pulse of this place and width may have left its mark: within 4 rows
  /// and two widths of sweep, within 4 pixels, a width, and half of what rows are off by.
  /// @param width  [tile samples]
  [[nodiscard]] double logit_near(const TilePoint& point, double width) const;

  /// Cells that are the highest of the 5 x 5 around them and above `logit`; those of the middle
  /// part of the tile, in order of row and pixel.
  [[nodiscard]] std::vector<HeatPeak> peaks(double logit, const TilePlace& place) const;

 private:
  [[nodiscard]] double at(std::size_t value, std::size_t row, std::size_t column) const {
    return static_cast<double>(output_[(value * side + row) * side + column]);
  }
  [[nodiscard]] bool highest_around(std::size_t row, std::size_t column) const;

  std::span<const float> output_;
};

}  // namespace draftstream
