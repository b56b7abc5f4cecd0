#include "engine/infer/torch_weights.hpp"

#include <sodium.h>

#include <array>
#include <map>
#include <stdexcept>

namespace draftstream {
namespace {

const char* name_of(at::ScalarType type) {
  switch (type) {
    case torch::kFloat:
      return "float32";
    case torch::kDouble:
      return "float64";
    case torch::kHalf:
      return "float16";
    case torch::kBFloat16:
      return "bfloat16";
    case torch::kLong:
      return "int64";
    default:
      throw std::runtime_error(std::string{"found weights of type "} + c10::toString(type) +
                               ", expected floating point or int64");
  }
}

class Sha256 {
 public:
  Sha256() { crypto_hash_sha256_init(&state_); }
  void add(const void* bytes, std::size_t count) {
    crypto_hash_sha256_update(&state_, static_cast<const unsigned char*>(bytes), count);
  }
  std::string hex() {
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256_final(&state_, hash.data());
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : hash) {
      text += digits[byte >> 4U];
      text += digits[byte & 15U];
    }
    return text;
  }

 private:
  crypto_hash_sha256_state state_{};
};

}  // namespace

std::string weights_sha256(const torch::jit::Module& network) {
  std::map<std::string, at::Tensor> weights;
  for (const auto& one : network.named_parameters()) weights.emplace(one.name, one.value);
  for (const auto& one : network.named_buffers()) weights.emplace(one.name, one.value);
  Sha256 hash;
  for (const auto& [name, weight] : weights) {
    std::string head = name + " " + name_of(weight.scalar_type()) + " ";
    for (std::int64_t d = 0; d < weight.dim(); ++d) {
      head += (d == 0 ? "" : ",") + std::to_string(weight.size(d));
    }
    head += "\n";
    hash.add(head.data(), head.size());
    const at::Tensor values = weight.detach().cpu().contiguous();
    hash.add(values.data_ptr(), values.nbytes());
  }
  return hash.hex();
}

}  // namespace draftstream
