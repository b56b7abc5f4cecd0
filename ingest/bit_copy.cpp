#include "ingest/bit_copy.hpp"

#include <cassert>
#include <cstring>

namespace draftstream {

void copy_bits(std::span<const std::byte> from, std::uint64_t first_bit, std::uint64_t bits,
               std::span<std::byte> to) noexcept {
  if (bits == 0) return;
  const std::uint64_t first = first_bit / 8;
  const auto shift = static_cast<unsigned>(first_bit % 8);
  const std::uint64_t last = (first_bit + bits - 1) / 8;  // of the bytes that are touched
  const std::uint64_t bytes = (bits + 7) / 8;
  assert(last < from.size() && bytes == to.size());
  if (shift == 0) {
    std::memcpy(to.data(), from.data() + first, bytes);
  } else {
    for (std::uint64_t b = 0; b < bytes; ++b) {
      const std::byte low = from[first + b] >> shift;
      const std::byte high = first + b < last ? from[first + b + 1] << (8U - shift) : std::byte{0};
      to[b] = low | high;
    }
  }
  if (const auto rest = static_cast<unsigned>(bits % 8); rest != 0) {
    to[bytes - 1] &= static_cast<std::byte>((1U << rest) - 1U);
  }
}

}  // namespace draftstream
