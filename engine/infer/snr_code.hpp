// S/N in one byte: fine where noise ends, coarse where nobody doubts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace draftstream {

/// code = round((asinh((s - 3) / 3) + 1.5) * 32), cut to 0 to 255: S/N -3.3 to 970, in steps of a
/// tenth around 3, of 3 % far above.
///
/// Threads: any.
class SnrCode {
 public:
  static constexpr double centre = 3.0;
  static constexpr double scale = 3.0;
  static constexpr double offset = 1.5;
  static constexpr double steps = 32.0;

  SnrCode();

  /// @param snr  Not NaN.
  [[nodiscard]] std::uint8_t operator()(float snr) const noexcept {
    if (snr >= cells_end) return search(snr);
    const float place = (snr - cells_begin) * cells_a_unit;
    const std::uint8_t code = place > 0.0F ? cells_[static_cast<std::size_t>(place)] : 0;
    // No cell holds more than one step.
    return static_cast<std::uint8_t>(code + (snr >= next_[code] ? 1 : 0));
  }

  /// The S/N in the middle of a code's step.
  [[nodiscard]] static double snr(std::uint8_t code) noexcept;

 private:
  static constexpr float cells_begin = -4.0F;
  static constexpr float cells_end = 28.0F;
  static constexpr float cells_a_unit = 64.0F;

  [[nodiscard]] std::uint8_t search(float snr) const noexcept;

  std::array<std::uint8_t, 2048> cells_{};  // the code at which each begins
  std::array<float, 256> next_{};           // [code]: S/N from which it is the next one
};

}  // namespace draftstream
