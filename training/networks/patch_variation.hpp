// Patches that might have been seen as well: more of them than were simulated.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <random>

namespace draftstream {

/// What is done to a patch.
struct PatchVariation {
  /// Time runs backwards, and so does dispersion: frequencies stay where they are, the plane of DM
  /// and time is turned by 180 degrees. The middle stays in the middle.
  bool turned = false;
  std::int64_t later = 0;       ///< Cells that all moves by; what leaves comes back.
  std::int64_t bands_from = 0;  ///< Bands that are left out: first,
  std::int64_t bands_out = 0;   ///< and how many.
  std::int64_t noise = 0;       ///< Codes are changed by up to so much.
};

/// Turned in half of the cases; -6 to 6 cells; in three of ten, 1 to 8 bands out; noise of 0 to 4
/// codes.
[[nodiscard]] PatchVariation draw_patch_variation(std::mt19937_64& random);

/// @param patch  int8 [2][64][64].
/// @return The varied one.
[[nodiscard]] torch::Tensor varied_patch(const PatchVariation& variation, torch::Tensor patch);

}  // namespace draftstream
