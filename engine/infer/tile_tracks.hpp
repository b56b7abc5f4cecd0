// Two-stage dedispersion of a tile: which sample of which channel goes where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/infer/sample_window.hpp"
#include "engine/infer/tile_grid.hpp"

namespace draftstream {

/// Rows of DM are taken together in *steps*. In each step the channels of a sub-band are summed
/// once, at the step's middle row; rows then sum sub-bands. A channel is off its own track by at
/// most half a step's sweep times its distance, in shares, from its sub-band's middle.
///
///     row r, time t:  sum over sub-bands b of part(step, b, t + late(b, r))
///     part(step, b, n):  sum over channels c of b of sample(c, n + shift(step, c))
class TileTracks {
 public:
  /// @param shares  As BandDelays has them; at least one.
  TileTracks(std::span<const double> shares, const TilePlace& place);

  [[nodiscard]] std::size_t sub_bands() const noexcept { return middles_.size(); }
  [[nodiscard]] std::size_t steps() const noexcept { return tile_grid::rows / rows_a_step_; }
  [[nodiscard]] std::size_t rows_a_step() const noexcept { return rows_a_step_; }
  /// Ranks [first_rank(b), first_rank(b + 1)).
  [[nodiscard]] std::size_t first_rank(std::size_t sub_band) const noexcept;
  /// Sub-bands below this one hold the higher half of the channels.
  [[nodiscard]] std::size_t first_low() const noexcept { return middles_.size() / 2; }

  [[nodiscard]] std::int32_t late(std::size_t sub_band, std::size_t row) const noexcept {
    return late_[sub_band * tile_grid::rows + row];
  }
  [[nodiscard]] std::int32_t shift(std::size_t step, std::size_t rank) const noexcept {
    return shifts_[step * channels_ + rank];
  }
  /// What a row needs beyond its length in a step's sums of a sub-band.
  [[nodiscard]] std::size_t extra(std::size_t sub_band, std::size_t step) const noexcept;

  /// Time of a row's first sample, and samples of a row: the tile with its margins.
  [[nodiscard]] std::int64_t begin() const noexcept { return begin_; }
  static constexpr std::size_t row_samples = tile_grid::samples + 2 * tile_grid::margin;

  /// All that is read, of each channel. @return Shape [rank].
  [[nodiscard]] std::vector<Stretch> stretches() const;

 private:
  std::size_t channels_;
  std::int64_t begin_;
  std::size_t rows_a_step_;
  std::vector<double> middles_;       // [sub-band]: share of its middle channel
  std::vector<std::int32_t> late_;    // [sub-band][row]
  std::vector<std::int32_t> shifts_;  // [step][rank]
};

}  // namespace draftstream
