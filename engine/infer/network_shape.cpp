#include "engine/infer/classifier_patch.hpp"
#include "engine/infer/detector_tile.hpp"
#include "engine/infer/inference_model.hpp"

namespace draftstream {

NetworkShape shape_of(NetworkKind kind) noexcept {
  if (kind == NetworkKind::detector) {
    constexpr std::size_t stride = 4;
    constexpr std::size_t values = 5;
    return {DetectorTile::planes, tile_grid::rows, tile_grid::pixels, false,
            values * DetectorTile::plane_size / (stride * stride)};
  }
  return {ClassifierPatch::planes, ClassifierPatch::side, ClassifierPatch::side, true, 1};
}

}  // namespace draftstream
