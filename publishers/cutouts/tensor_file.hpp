// One tensor in a file as torch.save writes it, without PyTorch.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "publishers/cutouts/cutout.hpp"

namespace draftstream {

/// A tensor as its file describes it, in C order.
struct TensorHeader {
  ElementType type = ElementType::float32;
  std::vector<std::size_t> shape;
  std::size_t offset = 0;  ///< Of its first element in its storage [elements].
  std::string storage;     ///< Name of the storage: "0".
};

/// The pickle that stands for a tensor of storage "0".
/// @source torch/serialization.py and torch/_utils.py of PyTorch 1.13, pickle protocol 2.
[[nodiscard]] std::string tensor_pickle(ElementType type, const std::vector<std::size_t>& shape);

/// Understands what torch.save makes of one tensor, and runs nothing.
/// @throws InputError with the byte, for any other pickle, or a tensor of another type or order.
[[nodiscard]] TensorHeader parse_tensor_pickle(std::string_view pickle);

/// Writes a tensor whose elements lie in a file, in C order.
/// @param elements  As many bytes as the shape needs.
/// @throws std::runtime_error naming the file.
void write_tensor(const std::filesystem::path& path, ElementType type,
                  const std::vector<std::size_t>& shape, const std::filesystem::path& elements);

struct Tensor {
  TensorHeader header;
  std::vector<std::byte> elements;
};

/// Reads all of it into memory, as torch.load does.
/// @throws MissingInput if it cannot be read.
/// @throws InputError   if it is no such file, or its storage is shorter than its shape.
[[nodiscard]] Tensor read_tensor(const std::filesystem::path& path);

}  // namespace draftstream
