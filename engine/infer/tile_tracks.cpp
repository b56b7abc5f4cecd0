#include "engine/infer/tile_tracks.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace draftstream {
namespace {

constexpr std::size_t most_sub_bands = 128;

// Both stages cost about the same with sqrt(2 channels) of them.
std::size_t sub_bands_of(std::size_t channels) {
  const auto balanced = static_cast<std::size_t>(std::sqrt(2.0 * static_cast<double>(channels)));
  return std::min({std::bit_ceil(balanced), std::bit_floor(channels), most_sub_bands});
}

std::int32_t rounded(double samples) {
  return static_cast<std::int32_t>(std::lround(samples));
}

}  // namespace

TileTracks::TileTracks(std::span<const double> shares, const TilePlace& place)
    : channels_{shares.size()},
      begin_{place.first_pixel * static_cast<std::int64_t>(tile_grid::samples_a_pixel) -
             static_cast<std::int64_t>(tile_grid::margin)},
      rows_a_step_{1},
      middles_(sub_bands_of(channels_)) {
  rows_a_step_ = std::max<std::size_t>(1, middles_.size() / 4);
  const auto sweep = [&](double row) {
    return (static_cast<double>(place.first_row) + row) * tile_grid::samples_a_row;
  };
  late_.resize(middles_.size() * tile_grid::rows);
  shifts_.resize(steps() * channels_);
  for (std::size_t b = 0; b < middles_.size(); ++b) {
    middles_[b] = shares[(first_rank(b) + first_rank(b + 1)) / 2];
    for (std::size_t row = 0; row < tile_grid::rows; ++row) {
      late_[b * tile_grid::rows + row] = rounded(sweep(static_cast<double>(row)) * middles_[b]);
    }
    for (std::size_t step = 0; step < steps(); ++step) {
      const double middle = (static_cast<double>(step) + 0.5) * static_cast<double>(rows_a_step_);
      for (std::size_t rank = first_rank(b); rank < first_rank(b + 1); ++rank) {
        shifts_[step * channels_ + rank] =
            rounded(sweep(middle - 0.5) * (shares[rank] - middles_[b]));
      }
    }
  }
}

std::size_t TileTracks::first_rank(std::size_t sub_band) const noexcept {
  return sub_band * channels_ / middles_.size();
}

std::size_t TileTracks::extra(std::size_t sub_band, std::size_t step) const noexcept {
  const std::size_t first = step * rows_a_step_;
  return static_cast<std::size_t>(late(sub_band, first + rows_a_step_ - 1) - late(sub_band, first));
}

std::vector<Stretch> TileTracks::stretches() const {
  std::vector<Stretch> all(channels_);
  for (std::size_t b = 0; b < sub_bands(); ++b) {
    for (std::size_t rank = first_rank(b); rank < first_rank(b + 1); ++rank) {
      std::int32_t first = late(b, 0) + shift(0, rank);
      std::int32_t last = first;
      for (std::size_t step = 0; step < steps(); ++step) {
        const std::int32_t from = late(b, step * rows_a_step_) + shift(step, rank);
        first = std::min(first, from);
        last = std::max(last, from + static_cast<std::int32_t>(extra(b, step)));
      }
      all[rank] = {begin_ + first, static_cast<std::size_t>(last - first) + row_samples};
    }
  }
  return all;
}

}  // namespace draftstream
