// Tiles that might have been seen as well: more of them than were simulated.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <random>
#include <vector>

#include "training/networks/detector_loss.hpp"

namespace draftstream {

/// What is done to a tile and its bursts alike.
struct TileVariation {
  bool turned = false;     ///< By 180 degrees: a bow tie stays one, what is around it changes.
  std::int64_t later = 0;  ///< Pixels that all moves by; what leaves comes back at the other end.
  std::int64_t noise = 0;  ///< Codes are changed by up to so much.
};

/// Turned in half of the cases; -15 to 15 pixels; noise of 0 to 3 codes.
[[nodiscard]] TileVariation draw_tile_variation(std::mt19937_64& random);

/// @param tile    uint8 [4][256][256]; in, out.
/// @param pulses  In, out: places. One that the tile does not hold stays outside of it, unless it
///                is moved in.
void vary_tile(const TileVariation& variation, torch::Tensor& tile, std::vector<TilePulse>& pulses);

}  // namespace draftstream
