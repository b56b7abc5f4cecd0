// Noise of less than one step, added before samples are rounded to steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace draftstream {

/// Levels of a recording that lie farther apart [steps] do not dither what is taken from them.
inline constexpr float most_steps_undithered = 0.5F;

/// What a filter takes from samples, a fraction of a step, is lost in rounding where a recording
/// has few levels, and lost in all channels alike: as a false event at DM 0. Dither makes rounding
/// right in the mean (Schuchman 1964, IEEE Trans. Commun. Technol. 12, 162), different in each
/// channel, for 1/12 of a step's square more noise: 0.17 % of S/N at 5 steps a sigma.
///
/// Bytes depend on nothing but the channel and the place of the block in the observation. Their
/// meaning: dither_steps() of byte_rows.hpp.
class Dither {
 public:
  /// Makes rows of this many samples to be had; not for use beside of().
  void reserve(std::size_t samples);

  /// Shape [time] of a block, and as long as was reserved.
  [[nodiscard]] std::span<const std::uint8_t> of(std::size_t rank,
                                                 std::uint64_t first_sample) const noexcept;

 private:
  std::size_t samples_ = 0;
  std::vector<std::uint8_t> bytes_;  // rows begin anywhere in the first `starts`
};

}  // namespace draftstream
