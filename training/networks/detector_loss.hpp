// What the detector is to say of a tile, and how wrong it is.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <vector>

namespace draftstream {

/// A burst in a tile.
struct TilePulse {
  double row = 0.0;         ///< DM, in rows of the tile; the middle of the first one is 0.5.
  double pixel = 0.0;       ///< Arrival, in pixels.
  double width_rows = 0.0;  ///< Range of DM over which S/N falls by about a half.
  double width_pixels = 0.0;
  double width_samples = 1.0;  ///< Of its boxcar [samples of the tile].
  double snr = 0.0;
};

/// Cells of the detector's output: 4 pixels by 4 rows.
inline constexpr std::int64_t detector_stride = 4;
inline constexpr std::int64_t detector_cells = 64;

/// Shape [6][64][64], float. Plane 0 is the heat: 1 at cells that hold a burst, Gaussians around
/// them. Plane 1 is 1 at those cells alone. The others are, at those cells, what the network's
/// outputs 1 to 4 should be: place in the cell (pixel, then row, both 0 to 1), log2(width) / 4,
/// ln(S/N) / 2. Bursts outside of the tile are left out; of two in one cell the brighter one
/// counts.
[[nodiscard]] torch::Tensor detector_target(std::span<const TilePulse> pulses);

/// Focal loss of the heat map, over the number of bursts (at least 1), and half the mean absolute
/// error of the other outputs where bursts are.
/// @param outputs  [tile][5][64][64]: logit of the heat, then as detector_target.
/// @param targets  [tile][6][64][64].
/// @source Zhou, Wang & Kraehenbuehl (2019), arXiv:1904.07850, equation 1 (alpha = 2, beta = 4).
[[nodiscard]] torch::Tensor detector_loss(const torch::Tensor& outputs,
                                          const torch::Tensor& targets);

}  // namespace draftstream
