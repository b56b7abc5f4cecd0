#include "engine/infer/heat_map.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace draftstream {
namespace {

constexpr double half_cell = HeatMap::stride / 2.0;

double centre(std::size_t cell) {
  return static_cast<double>(cell * HeatMap::stride) + half_cell;
}

// Of a tile, the part that belongs to no other.
bool in_middle(const TilePoint& point, const TilePlace& place) {
  constexpr double quarter = tile_grid::pixels / 4.0;
  const double lowest_row = place.first_row == 0 ? 0.0 : quarter;
  return point.pixel >= quarter && point.pixel < 3.0 * quarter && point.row >= lowest_row &&
         point.row < 3.0 * quarter;
}

}  // namespace

double HeatMap::logit_near(const TilePoint& point, double width) const {
  const double rows = 4.0 + 2.0 * width / tile_grid::samples_a_row;
  double most = -std::numeric_limits<double>::infinity();
  for (std::size_t row = 0; row < side; ++row) {
    const double off = std::abs(centre(row) - point.row);
    if (off > rows) continue;
    const double pixels = 4.0 + (width + 0.5 * tile_grid::samples_a_row * off) /
                                    static_cast<double>(tile_grid::samples_a_pixel);
    for (std::size_t column = 0; column < side; ++column) {
      if (std::abs(centre(column) - point.pixel) <= pixels) {
        most = std::max(most, at(0, row, column));
      }
    }
  }
  return most;
}

bool HeatMap::highest_around(std::size_t row, std::size_t column) const {
  constexpr std::size_t reach = 2;
  const double own = at(0, row, column);
  for (std::size_t r = row - std::min(row, reach); r <= std::min(row + reach, side - 1); ++r) {
    for (std::size_t c = column - std::min(column, reach); c <= std::min(column + reach, side - 1);
         ++c) {
      const bool before = r < row || (r == row && c < column);
      const double other = at(0, r, c);
      if (other > own || (before && other == own)) return false;
    }
  }
  return true;
}

std::vector<HeatPeak> HeatMap::peaks(double logit, const TilePlace& place) const {
  std::vector<HeatPeak> all;
  for (std::size_t row = 0; row < side; ++row) {
    for (std::size_t column = 0; column < side; ++column) {
      if (at(0, row, column) < logit || !highest_around(row, column)) continue;
      HeatPeak peak;
      peak.logit = at(0, row, column);
      peak.point = {(static_cast<double>(column) + at(1, row, column)) * stride,
                    (static_cast<double>(row) + at(2, row, column)) * stride};
      peak.width = std::clamp(std::exp2(4.0 * at(3, row, column)), 1.0, double{tile_grid::widest});
      if (in_middle(peak.point, place)) all.push_back(peak);
    }
  }
  return all;
}

}  // namespace draftstream
