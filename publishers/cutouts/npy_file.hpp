// NumPy's .npy files, of the element types that cutouts have.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "publishers/cutouts/cutout.hpp"

namespace draftstream {

/// What an .npy file says of itself.
struct NpyHeader {
  ElementType type = ElementType::float32;
  std::vector<std::size_t> shape;
  std::size_t bytes = 0;  ///< Of the header: where the elements begin.
};

/// The header as NumPy writes it, padded to 64 bytes.
[[nodiscard]] std::string npy_header(ElementType type, std::span<const std::size_t> shape);

/// @param text  The beginning of a file; more than the header does no harm.
/// @throws InputError naming the byte or the key, unless it is little-endian uint8, int8 or
///   float32 in C order.
/// @source numpy/lib/format.py, versions 1.0 to 3.0.
[[nodiscard]] NpyHeader parse_npy_header(std::string_view text);

/// @throws std::system_error naming the file.
void write_npy(const std::filesystem::path& path, ElementType type,
               std::span<const std::size_t> shape, std::span<const std::byte> elements);

/// An .npy file as it is.
struct NpyArray {
  NpyHeader header;
  std::vector<std::byte> elements;
};

/// Reads it in one go.
/// @throws MissingInput if it cannot be read.
/// @throws InputError   if it is none, or longer or shorter than its shape.
[[nodiscard]] NpyArray read_npy(const std::filesystem::path& path);

}  // namespace draftstream
