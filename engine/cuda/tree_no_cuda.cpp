// Stands in for tree_cuda.cpp where there is no CUDA: no other file needs to ask.
#include "engine/cuda/tree_device.hpp"

namespace draftstream {

CudaPresence cuda_presence() {
  return {false, "this build has no CUDA back end (configure with -DDRAFTSTREAM_CUDA=ON)"};
}

std::unique_ptr<TreeDevice> make_tree_cuda(const TreePlan&, const TreeDeviceOptions&) {
  throw DeviceError(cuda_presence().words);
}

}  // namespace draftstream
