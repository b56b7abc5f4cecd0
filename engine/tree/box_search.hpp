// Boxes of a trial's series that stand out of its noise.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/tree/boxcar_pyramid.hpp"
#include "engine/tree/tree_dedisperser.hpp"

namespace draftstream {

/// Series are examined in segments of so many samples, counted from the first of all: what is found
/// in a segment does not depend on how the series was cut into pieces.
inline constexpr std::size_t segment_samples = 256;
/// Of all boxes of a width whose middles lie within so many samples, the best one is told.
inline constexpr std::size_t cell_samples = 8;
/// Boxes are looked at when so many samples behind their middle are known: half of the widest one.
inline constexpr std::size_t box_lag = 256;

/// The largest sum of each width among the boxes whose middle lies in a cell. The box of width w
/// and middle m holds samples m - w/2 to m - w/2 + w - 1.
struct CellBoxes {
  std::uint32_t trial = 0;
  std::int64_t first = 0;  ///< Sample of the cell; negative before the first of all.
  std::array<std::int32_t, pyramid_widths.size()> sums{};     ///< 0: below its threshold.
  std::array<std::uint8_t, pyramid_widths.size()> middles{};  ///< Counted from `first`.
};

/// What a trial's boxes are compared with.
struct BoxThresholds {
  PyramidValues first_look{};
  std::array<std::int32_t, pyramid_widths.size()> sums{};  ///< INT32_MAX: width not searched.

  /// @param sigma   Of the series' white noise.
  /// @param snr     Of a box that is to be found.
  /// @param shares  Shape [width]: what conditioning leaves of a box's variance; 0: not searched.
  static BoxThresholds of(double sigma, double snr,
                          const std::array<float, pyramid_widths.size()>& shares);
};

/// Finds the boxes of series that reach their thresholds: a first look at every segment by the
/// pyramid, whose wide boxes leave out some places, and at all places where that saw something.
///
/// Threads: one object a thread; it keeps its work space.
class BoxSearch {
 public:
  /// @param longest  Of the pieces [samples].
  BoxSearch(std::size_t trials, std::size_t longest)
      : pyramid_{longest}, seen_(trials, 0), before_(pyramid_lookback + segment_samples + 1) {}

  /// Appends the cells in which there is something, whose middles lie `box_lag` before the piece.
  /// @param piece  Of whole segments, from the first sample of one on.
  void search(const TreePiece& piece, const BoxThresholds& thresholds,
              std::vector<CellBoxes>& found);
  /// Forgets what it saw: there is nothing before the next pieces.
  void restart() { std::fill(seen_.begin(), seen_.end(), std::uint8_t{0}); }

 private:
  void examine(const std::int16_t* segment, const BoxThresholds& thresholds);

  BoxcarPyramid pyramid_;
  std::vector<std::uint8_t> seen_;    // [trial]: did the first look see something last time?
  std::vector<std::int32_t> before_;  // [sample + 1]: sum of what lies before it
  std::array<CellBoxes, segment_samples / cell_samples> cells_;
};

}  // namespace draftstream
