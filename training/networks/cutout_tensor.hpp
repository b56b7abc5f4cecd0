// Cutouts as tensors.
#pragma once

#include <torch/types.h>

#include <cstddef>
#include <span>

#include "publishers/cutouts/cutout_store.hpp"

namespace draftstream {

/// The arrays of some rows, in this order, as they are in the store: shape [row] and the store's,
/// its type. Zeros where a cutout has none.
/// @throws as CutoutStore::read_many.
[[nodiscard]] torch::Tensor read_arrays(const CutoutStore& store, std::span<const std::size_t> rows,
                                        CutoutPart part);

}  // namespace draftstream
