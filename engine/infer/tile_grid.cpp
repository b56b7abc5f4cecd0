#include "engine/infer/tile_grid.hpp"

#include <algorithm>
#include <cmath>

#include "engine/infer/classifier_patch.hpp"

namespace draftstream::tile_grid {
namespace {

// Middle parts are half a tile long, and begin a quarter of it in.
constexpr std::int64_t half = pixels / 2;
constexpr std::int64_t quarter = pixels / 4;
static_assert(rows == pixels);

std::int64_t first_of(double point) noexcept {
  const auto whole = static_cast<std::int64_t>(std::floor(point));
  const std::int64_t part = whole >= 0 ? whole / half : (whole - half + 1) / half;
  return part * half - quarter;
}

double scale(unsigned level) noexcept {
  return static_cast<double>(std::uint32_t{1} << level);
}

}  // namespace

unsigned level_of(std::uint32_t width) noexcept {
  unsigned level = 0;
  while (level + 1 < levels && (width >> level) > widest) ++level;
  return level;
}

TilePlace place_of(double middle, double sweep, std::uint32_t width) noexcept {
  TilePlace place{level_of(width), 0, 0};
  const TilePoint point = point_of(place, middle, sweep);
  place.first_pixel = first_of(point.pixel);
  place.first_row = std::max<std::int64_t>(0, first_of(point.row));
  return place;
}

TilePoint point_of(const TilePlace& place, double middle, double sweep) noexcept {
  const double tile_sample = scale(place.level);
  return {middle / (tile_sample * samples_a_pixel) - static_cast<double>(place.first_pixel),
          sweep / (tile_sample * samples_a_row) - static_cast<double>(place.first_row)};
}

double middle_of(const TilePlace& place, double pixel) noexcept {
  return (pixel + static_cast<double>(place.first_pixel)) * samples_a_pixel * scale(place.level);
}

double sweep_of(const TilePlace& place, double row) noexcept {
  return (row + static_cast<double>(place.first_row)) * samples_a_row * scale(place.level);
}

LookReach reach(std::uint32_t widest_box) noexcept {
  const std::size_t tile_sample = std::size_t{1} << level_of(widest_box);
  // Three quarters of a tile, what two-stage sums may be off by, and a sample at each end.
  const std::size_t beside = (samples * 3 / 4 + margin + 2 * rows) * tile_sample;
  const std::size_t sweep = rows * 3 / 4 * samples_a_row * tile_sample;
  const std::size_t patch = ClassifierPatch::reach(widest_box);
  return {std::max(beside, patch), std::max(beside + sweep, patch)};
}

}  // namespace draftstream::tile_grid
