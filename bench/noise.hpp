// Noise of 8 bits, quickly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace draftstream {

/// Marsaglia's xorshift; the sum of eight numbers of 0 to 7 is Gaussian enough, with a sigma
/// of 6.5.
/// @source G. Marsaglia (2003), J. Stat. Softw. 8, 14.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : bits_{88172645463325252U + seed} {}

  /// Mean 0, sigma 5.
  int steps() { return (next_sum() - 28) * 10 / 13; }
  /// Mean 100, sigma 13.
  std::uint8_t byte() { return static_cast<std::uint8_t>(44 + 2 * next_sum()); }

 private:
  int next_sum() {
    bits_ ^= bits_ << 13U;
    bits_ ^= bits_ >> 7U;
    bits_ ^= bits_ << 17U;
    int sum = 0;
    for (unsigned n = 0; n < 8; ++n) sum += static_cast<int>(bits_ >> (8 * n) & 7U);
    return sum;
  }
  std::uint64_t bits_;
};

inline std::vector<std::byte> noise_bytes(std::size_t count) {
  Noise noise{1};
  std::vector<std::byte> bytes(count);
  for (std::byte& one : bytes) one = std::byte{noise.byte()};
  return bytes;
}

}  // namespace draftstream
