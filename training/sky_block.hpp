// A piece of a sky that is being made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace draftstream {

/// Spectra to be changed in place, shape [time, channel].
struct SkyBlock {
  std::uint64_t first = 0;  ///< Sample index of row 0.
  std::size_t samples = 0;  ///< Rows.
  std::size_t channels = 0;
  std::span<float> values;

  [[nodiscard]] std::uint64_t end() const noexcept { return first + samples; }
  [[nodiscard]] std::span<float> spectrum(std::size_t row) const {
    return values.subspan(row * channels, channels);
  }
};

}  // namespace draftstream
