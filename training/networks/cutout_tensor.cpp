#include "training/networks/cutout_tensor.hpp"

#include <torch/torch.h>

#include <cstdint>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

namespace draftstream {
namespace {

torch::Dtype dtype_of(ElementType type) {
  switch (type) {
    case ElementType::uint8:
      return torch::kByte;
    case ElementType::int8:
      return torch::kChar;
    case ElementType::float32:
      return torch::kFloat;
  }
  throw std::logic_error("dtype_of: no such element type");
}

}  // namespace

torch::Tensor read_arrays(const CutoutStore& store, std::span<const std::size_t> rows,
                          CutoutPart part) {
  const auto& format = store.format().of(part);
  if (!format) {
    throw std::invalid_argument(fmt::format("read_arrays: the store has no {}", name(part)));
  }
  std::vector<std::int64_t> shape{static_cast<std::int64_t>(rows.size())};
  for (const std::size_t length : format->shape) shape.push_back(static_cast<std::int64_t>(length));
  torch::Tensor arrays = torch::empty(shape, dtype_of(format->type));
  store.read_many(rows, part,
                  {static_cast<std::byte*>(arrays.data_ptr()), rows.size() * format->bytes()});
  return arrays;
}

}  // namespace draftstream
