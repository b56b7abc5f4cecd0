// FITS stores numbers big-endian: how they are read from mapped bytes.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace draftstream {

static_assert(std::endian::native == std::endian::little, "every number of a FITS file is swapped");

/// The same bytes in the opposite order.
template <class Word>
[[nodiscard]] inline Word swap_bytes(Word word) noexcept {
  static_assert(std::is_unsigned_v<Word>);
  if constexpr (sizeof(Word) == 2) {
    return static_cast<Word>(__builtin_bswap16(word));
  } else if constexpr (sizeof(Word) == 4) {
    return __builtin_bswap32(word);
  } else {
    static_assert(sizeof(Word) == 8);
    return __builtin_bswap64(word);
  }
}

/// The big-endian float or double at `bytes`, which need not be aligned.
template <class Float>
[[nodiscard]] inline Float load_big_endian(const std::byte* bytes) noexcept {
  using Word = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return std::bit_cast<Float>(swap_bytes(word));
}

template <class Float>
inline void store_big_endian(Float value, std::byte* bytes) noexcept {
  using Word = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;
  const Word word = swap_bytes(std::bit_cast<Word>(value));
  std::memcpy(bytes, &word, sizeof word);
}

}  // namespace draftstream
