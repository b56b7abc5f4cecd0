// Numbers into packets.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace draftstream {

/// Takes a datagram; its bytes are valid during the call.
using SendDatagram = std::function<void(std::span<const std::byte>)>;

/// The lowest `bytes` bytes of `number`, least significant first.
inline void append_little(std::vector<std::byte>& out, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<std::byte>(number >> (8 * i)));
}

/// The same, most significant first.
inline void append_big(std::vector<std::byte>& out, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0;) out.push_back(static_cast<std::byte>(number >> (8 * i)));
}

/// A 32-bit float, least significant byte first.
inline void append_float(std::vector<std::byte>& out, float number) {
  append_little(out, std::bit_cast<std::uint32_t>(number), 4);
}

}  // namespace draftstream
