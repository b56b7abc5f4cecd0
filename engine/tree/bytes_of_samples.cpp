#include "engine/tree/bytes_of_samples.hpp"

#include <bit>
#include <cstring>

namespace draftstream {
namespace {

static_assert(std::endian::native == std::endian::little, "samples are stored little-endian");

// The lowest `samples * bits` of each `samples` bytes.
template <unsigned bits>
constexpr std::uint64_t lowest_of(unsigned samples) {
  std::uint64_t mask = 0;
  for (unsigned first = 0; first < 64; first += 8 * samples) {
    mask |= ((std::uint64_t{1} << (samples * bits)) - 1) << first;
  }
  return mask;
}

// Eight samples become bytes at once: the upper four move away from the lower four, then of each
// four two, then of each two one.
template <unsigned bits>
std::uint64_t spread(std::uint64_t eight) {
  eight = (eight | eight << (4 * (8 - bits))) & lowest_of<bits>(4);
  eight = (eight | eight << (2 * (8 - bits))) & lowest_of<bits>(2);
  return (eight | eight << (8 - bits)) & lowest_of<bits>(1);
}

template <unsigned bits>
void expand(const std::byte* stored, std::size_t count, std::uint8_t* bytes) {
  const std::size_t whole = count / 8;
  for (std::size_t i = 0; i < whole; ++i) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, stored + i * bits, bits);
    eight = spread<bits>(eight);
    std::memcpy(bytes + 8 * i, &eight, sizeof eight);
  }
  if (const std::size_t rest = count % 8; rest != 0) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, stored + whole * bits, (rest * bits + 7) / 8);
    eight = spread<bits>(eight);
    std::memcpy(bytes + 8 * whole, &eight, rest);
  }
}

}  // namespace

void bytes_of_samples(std::span<const std::byte> stored, const SampleFormat& format,
                      std::size_t count, std::span<std::uint8_t, tile_channels> bytes) {
  switch (format.bits) {
    case 1:
      return expand<1>(stored.data(), count, bytes.data());
    case 2:
      return expand<2>(stored.data(), count, bytes.data());
    case 4:
      return expand<4>(stored.data(), count, bytes.data());
    default:
      std::memcpy(bytes.data(), stored.data(), count);
      if (format.is_signed) {
        for (std::uint8_t& byte : bytes) byte ^= 0x80U;
      }
  }
}

}  // namespace draftstream
