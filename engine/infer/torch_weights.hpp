// A name for the numbers of a network, that damage changes.
#pragma once

#include <torch/script.h>

#include <string>

namespace draftstream {

/// SHA-256 in hexadecimal of all parameters and buffers, in the order of their names. Of each:
///
///     NAME TYPE EXTENT,EXTENT,...\n     e.g. "out.bias float32 5\n"
///
/// then its values, little-endian, the last dimension fastest. training/python/networks.py has it,
/// too.
/// @throws std::runtime_error for a type that no network of ours has.
[[nodiscard]] std::string weights_sha256(const torch::jit::Module& network);

}  // namespace draftstream
