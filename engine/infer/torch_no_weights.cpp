// Where there is no library for SHA-256 (DRAFTSTREAM_GPU_ONLY): weights have no name.
#include "engine/infer/torch_weights.hpp"

namespace draftstream {

std::string weights_sha256(const torch::jit::Module& /*network*/) {
  return "";
}

}  // namespace draftstream
