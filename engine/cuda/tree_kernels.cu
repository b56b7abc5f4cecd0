// The steps of tree_steps.hpp and box_steps.hpp as kernels: nothing is computed here.
#include "engine/cuda/tree_kernels.hpp"

namespace draftstream::kernels {
namespace {

__device__ ThreadPlace this_place() {
  return {blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x};
}

dim3 grid_of(const Blocks& blocks) {
  return {blocks.x, blocks.y, blocks.z};
}

__global__ void __launch_bounds__(threads_a_block) begin_chunk_kernel(BeginWork work) {
  draftstream::begin_chunk(work, this_place());
}

__global__ void __launch_bounds__(threads_a_block) take_samples_kernel(TakeWork work) {
  draftstream::take_samples(work, this_place());
}

__global__ void __launch_bounds__(threads_a_block) sum_rows_kernel(StageWork work) {
  draftstream::sum_rows(work, this_place());
}

__global__ void __launch_bounds__(threads_a_block) look_kernel(BoxWork work) {
  __shared__ LookMemory memory;
  __shared__ std::uint32_t seen[look_segments];
  const ThreadPlace at = this_place();
  LookBits bits;
  if (at.thread < look_segments) seen[at.thread] = 0;
  look_load(work, at, memory);
  __syncthreads();
  look_fours(work, at, memory, bits);
  __syncthreads();
  for (std::uint32_t level = 0; level < look_levels; ++level) {
    look_level(work, at, level, memory, bits);
    __syncthreads();
  }
  for (std::uint32_t segment = 0; segment < look_segments; ++segment) {
    if (bits.of[segment] != 0) atomicOr(&seen[segment], bits.of[segment]);
  }
  __syncthreads();
  if (at.thread < static_cast<std::uint32_t>(look_length(work, at)) / box_segment) {
    seen_of(work, at.z, at.x)[1 + at.y * look_segments + at.thread] = seen[at.thread];
  }
}

__global__ void __launch_bounds__(threads_a_block) find_cells_kernel(CellsWork work) {
  const ThreadPlace at = this_place();
  if (!cells_wanted(work, at)) return;  // the same for all threads of the block
  __shared__ CellsMemory memory;
  cells_load(work, at, memory);
  __syncthreads();
  cells_parts(at, memory);
  __syncthreads();
  cells_before(at, memory);
  __syncthreads();
  cells_boxes(work, at, memory);
  __syncthreads();
  FoundCell cell;
  if (!cells_collect(work, at, memory, cell)) return;
  const std::uint32_t place = atomicAdd(work.count, 1U);
  if (place < work.most) work.found[place] = cell;
}

}  // namespace

cudaError_t check_device() {
  cudaFuncAttributes attributes{};
  return cudaFuncGetAttributes(&attributes, sum_rows_kernel);
}

cudaError_t begin_chunk(const BeginWork& work, cudaStream_t stream) {
  begin_chunk_kernel<<<grid_of(begin_blocks(work.series)), threads_a_block, 0, stream>>>(work);
  return cudaGetLastError();
}

cudaError_t take_samples(const TakeWork& work, cudaStream_t stream) {
  const dim3 grid = grid_of(row_blocks(work.count, work.samples, work.beams));
  take_samples_kernel<<<grid, threads_a_block, 0, stream>>>(work);
  return cudaGetLastError();
}

cudaError_t sum_rows(const StageWork& work, std::uint32_t rows, std::uint32_t beams,
                     cudaStream_t stream) {
  const dim3 grid = grid_of(row_blocks(rows, work.samples, beams));
  sum_rows_kernel<<<grid, threads_a_block, 0, stream>>>(work);
  return cudaGetLastError();
}

cudaError_t look(const BoxWork& work, std::uint32_t beams, cudaStream_t stream) {
  const dim3 grid = grid_of(look_blocks(work.trials, work.samples, beams));
  look_kernel<<<grid, threads_a_block, 0, stream>>>(work);
  return cudaGetLastError();
}

cudaError_t find_cells(const CellsWork& work, std::uint32_t trials, std::uint32_t beams,
                       cudaStream_t stream) {
  const dim3 grid = grid_of(cells_blocks(trials, work.boxes.samples, beams));
  find_cells_kernel<<<grid, threads_a_block, 0, stream>>>(work);
  return cudaGetLastError();
}

}  // namespace draftstream::kernels
