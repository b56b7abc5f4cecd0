// What nvcc compiles and what the host calls: each launches one step of a chunk on all blocks,
// asynchronously. C++17. All pointers in the works are device memory.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "engine/cuda/box_steps.hpp"
#include "engine/cuda/tree_steps.hpp"

namespace draftstream::kernels {

/// Whether the present device can run these kernels, which are compiled for some kinds only.
cudaError_t check_device();

/// @return The launch's error; the kernel's own come with the next synchronisation. Likewise below.
cudaError_t begin_chunk(const BeginWork& work, cudaStream_t stream);
cudaError_t take_samples(const TakeWork& work, cudaStream_t stream);
cudaError_t sum_rows(const StageWork& work, std::uint32_t rows, std::uint32_t beams,
                     cudaStream_t stream);
cudaError_t look(const BoxWork& work, std::uint32_t beams, cudaStream_t stream);
/// @param trials  From work.first_trial on.
cudaError_t find_cells(const CellsWork& work, std::uint32_t trials, std::uint32_t beams,
                       cudaStream_t stream);

}  // namespace draftstream::kernels
