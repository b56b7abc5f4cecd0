#include "engine/tree/dither.hpp"

#include <cassert>
#include <random>

namespace draftstream {
namespace {

constexpr unsigned start_bits = 14;
constexpr std::size_t starts = std::size_t{1} << start_bits;

}  // namespace

void Dither::reserve(std::size_t samples) {
  if (samples <= samples_) return;
  samples_ = samples;
  std::mt19937 random{1};  // from the beginning: a longer table begins as a shorter one
  bytes_.resize(starts + samples);
  for (std::uint8_t& byte : bytes_) byte = static_cast<std::uint8_t>(random() >> 24U);
}

std::span<const std::uint8_t> Dither::of(std::size_t rank,
                                         std::uint64_t first_sample) const noexcept {
  assert(samples_ != 0);
  // Multiplicative hash (Knuth, TAOCP 3, 6.4).
  const std::uint64_t key = first_sample + 0x10001U * (rank + 1);
  const std::uint64_t start = key * 0x9e3779b97f4a7c15U >> (64U - start_bits);
  return {bytes_.data() + start, samples_};
}

}  // namespace draftstream
