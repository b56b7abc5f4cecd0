// Numbers as they lie in packets.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace draftstream {

static_assert(std::endian::native == std::endian::little, "load_little copies bytes as they lie");

/// The little-endian number at byte `offset`, which the caller knows to be there.
template <class Number>
Number load_little(std::span<const std::byte> bytes, std::size_t offset) noexcept {
  Number number;
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

/// The unsigned number whose bytes, at most 8, are all of `bytes`; most significant first.
inline std::uint64_t load_big(std::span<const std::byte> bytes) noexcept {
  std::uint64_t number = 0;
  for (const std::byte byte : bytes) number = number << 8U | std::to_integer<std::uint64_t>(byte);
  return number;
}

/// The same, least significant first.
inline std::uint64_t load_little(std::span<const std::byte> bytes) noexcept {
  std::uint64_t number = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    number = number << 8U | std::to_integer<std::uint64_t>(bytes[i]);
  }
  return number;
}

}  // namespace draftstream
