// Spectra side by side without padding, as SIGPROC has them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace draftstream {

/// SIGPROC has no padding between spectra: one that ends inside a byte shares it with the next.
class SpectrumPacker {
 public:
  /// @param bits  Of a spectrum.
  explicit SpectrumPacker(std::size_t bits) : bits_{bits} {}

  /// Whether spectra may be appended by anyone as they are.
  [[nodiscard]] bool plain() const noexcept { return bits_ % 8 == 0; }

  /// @param spectrum  (bits + 7) / 8 bytes; those of the last byte that are none of its bits are 0.
  /// @param out       Gets the bytes that are full now.
  void append(std::span<const std::byte> spectrum, std::vector<std::byte>& out);
  /// The last byte, if it holds any bits; the rest of it is 0.
  void finish(std::vector<std::byte>& out);

 private:
  std::size_t bits_;
  std::byte held_{0};       // bits that do not fill a byte yet
  unsigned held_bits_ = 0;  // how many
};

}  // namespace draftstream
