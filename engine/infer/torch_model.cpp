// Networks as TorchScript, computed by LibTorch. A library of its own, which is loaded when a
// network is: LibTorch takes half a second to start, and 150 MB.
//
// Uses only what LibTorch 1.13 and 2.x have in common.
#include <ATen/Parallel.h>
#include <torch/cuda.h>
#include <torch/script.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine/infer/inference_model.hpp"
#include "engine/infer/torch_autocast.hpp"
#include "engine/infer/torch_weights.hpp"

namespace draftstream {
namespace {

// Of each thread that computes. OpenMP's threads would spin between the layers, and be late
// wherever cores are shared: tiles are what is computed in parallel.
void use_one_thread() {
  thread_local const bool done = [] {
    at::set_num_threads(1);
    return true;
  }();
  (void)done;
}

// Of what an interpreter says: where it was comes first, and what went wrong last.
std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of(" \n");
  if (end == std::string::npos) return text;
  const auto before = text.rfind('\n', end);
  const auto begin = before == std::string::npos ? 0 : before + 1;
  return text.substr(begin, end + 1 - begin);
}

class TorchModel final : public InferenceModel {
 public:
  TorchModel(const std::string& path, NetworkKind kind, const NetworkOptions& options)
      : shape_{shape_of(kind)},
        device_{options.device == NetworkDevice::cuda ? torch::kCUDA : torch::kCPU},
        half_{options.precision == NetworkPrecision::half &&
              (device_.is_cuda() || kind == NetworkKind::detector)} {
    if (device_.is_cuda() && !torch::cuda::is_available()) {
      throw std::invalid_argument(
          "found no CUDA device that this LibTorch can use, expected one (device: cuda)");
    }
    use_one_thread();
    torch::jit::ExtraFilesMap extra{{"meta.json", ""}, {"meta.sha256", ""}};
    module_ = torch::jit::load(path, torch::kCPU, extra);
    metadata_ = extra["meta.json"];
    metadata_sha256_ = extra["meta.sha256"];
    weights_sha256_ = draftstream::weights_sha256(module_);
    module_.eval();
    if (device_.is_cuda() || half_) {  // what optimize_for_inference makes has single precision
      module_.to(device_);
      module_ = torch::jit::freeze(module_);
    } else {
      module_ = torch::jit::optimize_for_inference(module_);  // freezes it, too
    }
  }

  [[nodiscard]] const std::string& metadata() const override { return metadata_; }
  [[nodiscard]] const std::string& metadata_sha256() const override { return metadata_sha256_; }
  [[nodiscard]] const std::string& weights_sha256() const override { return weights_sha256_; }

  void run(std::span<const std::uint8_t> inputs, std::size_t count,
           std::span<float> outputs) override {
    if (inputs.size() != count * shape_.bytes() || outputs.size() != count * shape_.outputs) {
      throw std::logic_error("TorchModel: inputs and outputs of another size");
    }
    use_one_thread();
    const c10::InferenceMode guard;
    const TorchAutocast autocast{half_, device_};
    const std::array<std::int64_t, 4> sizes{static_cast<std::int64_t>(count), shape_.planes,
                                            shape_.rows, shape_.columns};
    // Lent, and only read.
    auto* const lent = const_cast<std::uint8_t*>(inputs.data());
    const at::Tensor input =
        at::from_blob(lent, sizes, shape_.is_signed ? torch::kChar : torch::kByte);
    const c10::IValue result = forward(input.to(device_));
    if (!result.isTensor()) throw std::runtime_error("found no tensor as output, expected one");
    const at::Tensor output = result.toTensor().to(torch::kCPU, torch::kFloat).contiguous();
    if (output.dim() == 0 || output.size(0) != sizes[0] ||
        output.numel() != static_cast<std::int64_t>(outputs.size())) {
      throw std::runtime_error("found outputs of " + std::to_string(output.numel()) +
                               " values, expected " + std::to_string(outputs.size()));
    }
    std::copy_n(output.data_ptr<float>(), outputs.size(), outputs.data());
  }

 private:
  c10::IValue forward(const at::Tensor& input) {
    try {
      return module_.forward({input});
    } catch (const c10::Error& error) {
      throw std::runtime_error(last_line(error.what_without_backtrace()));
    } catch (const std::exception& error) {
      throw std::runtime_error(last_line(error.what()));
    }
  }

  NetworkShape shape_;
  torch::Device device_;
  bool half_;
  torch::jit::Module module_;
  std::string metadata_;
  std::string metadata_sha256_;
  std::string weights_sha256_;
};

}  // namespace
}  // namespace draftstream

extern "C" draftstream::InferenceModel* draftstream_open_network(
    const char* path, draftstream::NetworkKind kind, const draftstream::NetworkOptions& options) {
  try {
    return new draftstream::TorchModel{path, kind, options};
  } catch (const c10::Error& error) {
    // Its first line says what is wrong; the rest is where LibTorch noticed.
    const std::string what = error.what_without_backtrace();
    throw std::runtime_error(what.substr(0, what.find('\n')));
  }
}
