// What the detector sees: S/N by DM and time around a candidate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/infer/band_delays.hpp"
#include "engine/infer/sample_window.hpp"
#include "engine/infer/snr_code.hpp"
#include "engine/infer/tile_grid.hpp"
#include "engine/infer/tile_tracks.hpp"

namespace draftstream {

/// S/N as SnrCode has it. A pixel is the best of all boxcars of its plane whose middle lies in it.
struct DetectorTile {
  /// The planes, in order.
  enum Plane : std::size_t {
    narrow,     ///< All channels, boxcars of 1, 2 and 4 tile samples.
    wide,       ///< All channels, 8, 16, 32, 64 and 128.
    low_half,   ///< The channels of the lower frequencies, 1, 4, 16 and 64.
    high_half,  ///< Those of the higher ones, the same.
  };
  static constexpr std::size_t planes = 4;
  static constexpr std::size_t plane_size = tile_grid::rows * tile_grid::pixels;
  static constexpr std::size_t size = planes * plane_size;

  std::vector<std::uint8_t> codes = std::vector<std::uint8_t>(size);  ///< [plane][row][pixel]

  [[nodiscard]] std::uint8_t& at(std::size_t plane, std::size_t row, std::size_t pixel) {
    return codes[(plane * tile_grid::rows + row) * tile_grid::pixels + pixel];
  }
  [[nodiscard]] std::uint8_t at(std::size_t plane, std::size_t row, std::size_t pixel) const {
    return codes[(plane * tile_grid::rows + row) * tile_grid::pixels + pixel];
  }
};

/// Makes tiles: sums good samples along the tracks of each row, divides by the root of their
/// number, then takes each row's own median and scatter (from its quartiles) for zero and one,
/// so that red noise is not counted as signal. Where nothing is good, S/N is 0.
///
/// Tiles are functions of the window's samples and the place, to the last bit.
///
/// Threads: one object a thread; it keeps its work space.
class DetectorTileMaker {
 public:
  /// @param delays  Must outlive this.
  explicit DetectorTileMaker(const BandDelays& delays) : delays_{delays} {}

  /// The window that make() needs for a place: of these stretches, at the place's level.
  [[nodiscard]] std::vector<Stretch> stretches(const TilePlace& place) const {
    return TileTracks{delays_.shares(), place}.stretches();
  }

  /// @param window  At least the stretches of `place`.
  void make(const SampleWindow& window, const TilePlace& place, DetectorTile& tile);

 private:
  /// One row of some of the channels.
  struct Series {
    std::vector<float> sums;    // [time]
    std::vector<float> counts;  // [time]: of good samples in each; where they differ
    float count = 0.0F;         // where they do not
  };
  /// Sums of sub-bands over their channels, by step.
  using Parts = std::vector<float>;

  void place_parts(const TileTracks& tracks);
  void sum_values(const SampleWindow& window, const TileTracks& tracks);
  void count_good(const SampleWindow& window, const TileTracks& tracks);
  void sum_row(const TileTracks& tracks, const Parts& parts, std::size_t row,
               std::size_t first_sub_band, std::size_t end_sub_band, std::span<float> out) const;
  void normalise(Series& series);
  void find_boxes(std::span<const float> series, std::span<const std::uint32_t> widths,
                  std::uint8_t* pixels);

  const BandDelays& delays_;
  SnrCode code_;
  bool uniform_ = true;              // every channel all good, or not at all
  std::vector<std::size_t> places_;  // [step][sub-band]: of its sums in the parts
  Parts parts_;
  Parts counts_;
  std::vector<float> ones_;  // a sub-band's good samples, as floats
  Series low_;
  Series high_;
  Series full_;
  std::vector<float> boxes_;  // [time]
  std::vector<float> best_;   // [time]
};

}  // namespace draftstream
