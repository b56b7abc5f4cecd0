// Undispersed pulses: sparks, lightning, switches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "ingest/frequency_axis.hpp"

namespace draftstream {

/// Finds the spectra of a block that hold pulses without dispersion, by how they look in sub-bands:
/// these rise together, where a dispersed pulse passes from one to the next. A box is an impulse if
///
///   - its S/N over the band, less the median of the 64 samples on both sides, is above `sigma`;
///   - no box as wide or narrower along a slope, as of a dispersed pulse, is brighter by 2 and by a
///     fifth; slopes cross the band in 1/2 to 4 of its widths, or in up to 64 samples;
///   - without the brightest quarter of the sub-bands it is above sigma / 2 still, if it is longer
///     than 8 samples. Shorter ones need not fill the band: a radar does not.
///
/// Boxes of 1, 2, 4, ... 32 samples are looked at, narrow ones first; what they hold is left out of
/// wider ones, so that a spark takes no more spectra than it fills. Pulses that take less than half
/// of their width to cross the band cannot be told from impulses.
///
/// Threads: one at a time per object.
class Impulses {
 public:
  static constexpr std::size_t most_sub_bands = 8;

  /// @param sigma  S/N at DM 0 above which a box is looked at more closely; 0: there are none.
  Impulses(const FrequencyAxis& frequency, double sigma);

  /// Sub-bands are of neighbouring channels, in the order of their frequencies.
  [[nodiscard]] std::size_t sub_bands() const noexcept { return sub_bands_; }
  /// First channel of a sub-band, by rank; of sub_bands(): the number of channels.
  [[nodiscard]] std::size_t first_rank(std::size_t sub_band) const noexcept {
    return sub_band * channels_ / sub_bands_;
  }

  /// A block's series, to be filled before find(): sum over all good channels, each of unit noise.
  /// @return Shape [time].
  [[nodiscard]] std::span<float> begin(std::size_t samples);

  /// @param goods  Shape [sub-band]: good channels in it.
  /// @param valid  Shape [time]: 0 where there are no data.
  /// @param sums_of  Called for sub-bands, if need be, to fill a span of shape [time] with the sums
  ///                 over their good channels.
  /// @return Shape [time]: not 0 where there is an impulse.
  using SumsOf = std::function<void(std::size_t sub_band, std::span<float> sums)>;
  std::span<const std::uint8_t> find(std::span<const std::size_t> goods,
                                     std::span<const std::uint8_t> valid, const SumsOf& sums_of);

 private:
  [[nodiscard]] bool any_bright();
  [[nodiscard]] std::span<float> sums(std::size_t sub_band) noexcept {
    return std::span{sums_}.subspan(sub_band * samples_, samples_);
  }
  void level(std::span<float> series, double unit, std::span<const std::uint8_t> valid);
  void mark(std::size_t width);
  void fill_holes();
  [[nodiscard]] double usual_around(std::size_t first, std::size_t width);
  [[nodiscard]] bool together(std::size_t first, std::size_t width);
  [[nodiscard]] bool dispersed(std::size_t first, std::size_t width, double snr);
  void sum_before();
  [[nodiscard]] double box(std::size_t used, std::int64_t first, std::size_t width) const;

  std::size_t channels_;
  std::size_t sub_bands_;
  double sigma_;
  std::size_t samples_ = 0;
  std::vector<float> sums_;        // [sub-band][time]
  std::vector<double> late_;       // [sub-band]: delay, 0 in the middle of a sweep of 1
  std::vector<std::size_t> used_;  // sub-bands that have good channels
  std::vector<double> parts_;      // [used]: what a unit of its S/N adds to that of the band
  std::vector<double> before_;     // [used][time]: sum of what is before a sample
  bool before_known_ = false;
  std::vector<float> total_;  // [time]: S/N over the band
  std::vector<float> boxes_;  // [time]: sums over total_
  std::vector<float> work_;
  std::vector<std::uint8_t> found_;  // [time]
};

}  // namespace draftstream
