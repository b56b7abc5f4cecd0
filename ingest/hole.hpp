// A part of some spectra that is no data.
#pragma once

#include <cstddef>
#include <cstdint>

namespace draftstream {

/// A rectangle of samples that never arrived.
struct Hole {
  std::uint64_t first = 0;  ///< Sample index since the start of the observation.
  std::uint64_t samples = 0;
  std::size_t first_channel = 0;
  std::size_t channels = 0;

  [[nodiscard]] std::uint64_t end() const noexcept { return first + samples; }
  [[nodiscard]] std::size_t end_channel() const noexcept { return first_channel + channels; }
  friend bool operator==(const Hole&, const Hole&) = default;
};

}  // namespace draftstream
