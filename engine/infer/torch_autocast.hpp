// Half precision for a while.
#pragma once

#include <ATen/autocast_mode.h>
#include <torch/script.h>

namespace draftstream {

/// While it lives, layers of this thread that gain by it are computed in bfloat16, which has the
/// range of single precision, so that nothing overflows.
class TorchAutocast {
 public:
  /// @param on  False: nothing changes.
  TorchAutocast(bool on, const torch::Device& device) : on_{on}, on_cuda_{device.is_cuda()} {
    if (!on_) return;
    if (on_cuda_) {
      at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
    } else {
      at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
    }
    enable(true);
  }
  ~TorchAutocast() {
    if (!on_) return;
    at::autocast::clear_cache();
    enable(false);
  }
  TorchAutocast(const TorchAutocast&) = delete;
  TorchAutocast& operator=(const TorchAutocast&) = delete;

 private:
  void enable(bool enabled) const {
    if (on_cuda_) {
      at::autocast::set_enabled(enabled);
    } else {
      at::autocast::set_cpu_enabled(enabled);
    }
  }

  bool on_;
  bool on_cuda_;
};

}  // namespace draftstream
