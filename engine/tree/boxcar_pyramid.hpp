// Which widths of boxes hold something in a piece of an int16 series: a fast first look.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/zeroed_memory.hpp"

namespace draftstream {

inline constexpr std::array<std::uint16_t, 18> pyramid_widths{
    1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512};  // [samples]

/// Samples in front of a piece that its boxes may reach into.
inline constexpr std::size_t pyramid_lookback = 512;
/// Pieces begin at multiples of this, counted in samples of the whole series.
inline constexpr std::size_t pyramid_grid = 64;

/// How often a box's sum is halved so that int16 holds it: the box of pyramid_widths[i] is about
/// sum / 2^halvings. Boxes of up to 12 samples end at every sample, wider ones at every
/// 2^halvings-th: those whose end is the last sample of a step counted from the start.
constexpr unsigned pyramid_halvings(std::size_t i) noexcept {
  return i < 7 ? 0U : static_cast<unsigned>(i - 5) / 2;
}

/// One value for each of pyramid_widths, in units of its boxes.
using PyramidValues = std::array<std::int16_t, pyramid_widths.size()>;

/// With x the series, v_0 = y4, and all sums clipped to int16 instead of overflowing:
///
///     y2(t) = x(t) + x(t-1)      y3(t) = y2(t) + x(t-2)
///     y4(t) = y2(t) + y2(t-2)    y6(t) = y4(t) + y2(t-4)
///     y(j) = v_k(j) + v_k(j-4)   w(j) = y(j) + v_k(j-8)     widths 8 * 2^k and 12 * 2^k
///     v_{k+1}(i) = floor(y(2i+1) / 2)
///
/// A box that is halved h times is smaller than sum / 2^h by at most 3h/2, h/2 in the mean (3h/4
/// for widths 12 * 2^k), which `pyramid_thresholds` knows.
///
/// Threads: one object a thread; it keeps its work space.
class BoxcarPyramid {
 public:
  /// @param longest  Of the pieces [samples].
  explicit BoxcarPyramid(std::size_t longest);

  /// Which widths have a box that ends in the piece and is above its threshold.
  /// @param piece       Its first sample; pyramid_lookback samples before it are read, too.
  /// @param samples     A multiple of pyramid_grid, at most `longest`.
  /// @param thresholds  In units of the boxes; INT16_MAX is never exceeded.
  /// @return Bit i for pyramid_widths[i].
  [[nodiscard]] std::uint32_t above(const std::int16_t* piece, std::size_t samples,
                                    const PyramidValues& thresholds);

 private:
  std::size_t longest_;
  ZeroedMemory work_;
};

/// The definition, by plain loops: the largest box of each width that ends in the piece.
PyramidValues plain_pyramid_maxima(const std::int16_t* piece, std::size_t samples);

/// Thresholds for white noise: `snr` times the boxes' sigma, less what halving takes from them.
/// @param sigma  Of the series. A width whose threshold int16 cannot hold is never above.
PyramidValues pyramid_thresholds(double sigma, double snr);

}  // namespace draftstream
