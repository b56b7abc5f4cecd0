// Pulses in one dedispersed series: boxes of many widths, S/N, peaks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace draftstream {

/// Widths of the boxes [samples]: 1, 2, 3, 4, 6, 8, 12, ... up to `widest`.
std::vector<std::uint32_t> boxcar_widths(std::uint32_t widest);
inline constexpr std::uint32_t widest_boxcar = 512;

/// A dedispersed series: as Dedisperser makes it, with samples of the tile before in front.
struct DedispersedSeries {
  std::span<const float> sums;           ///< Shape [time].
  std::span<const std::uint16_t> goods;  ///< Shape [time]: good channels in each sum.
  std::uint64_t first = 0;               ///< Sample index of sums[0].
  std::size_t lookback = 0;              ///< Boxes that end within these are not looked at again.
  bool uniform = false;                  ///< goods is the same everywhere.
};

/// A box above the threshold that is the best around it in its series: no better one lies within
/// the sum of their widths.
struct Detection {
  double snr = 0.0;
  std::uint32_t trial = 0;
  std::uint32_t width = 1;    ///< [samples]
  std::uint64_t first = 0;    ///< Sample index where the box begins.
  double noise = 1.0;         ///< Measured over expected sigma, >= 1; S/N has been divided by it.
  std::uint32_t members = 1;  ///< Detections it stands for.

  [[nodiscard]] std::uint64_t end() const noexcept { return first + width; }
};

/// How many boxes were looked at, whatever came of them: for the statistics of false alarms.
struct BoxCounts {
  std::uint64_t boxes = 0;
  std::uint64_t above = 0;          ///< Above the threshold.
  std::uint64_t peaks_dropped = 0;  ///< Ranked below what one series may hold.

  BoxCounts& operator+=(const BoxCounts& other) noexcept {
    boxes += other.boxes;
    above += other.above;
    peaks_dropped += other.peaks_dropped;
    return *this;
  }
};

/// S/N of a box is its sum over the square root of its variance,
///
///     sum / sqrt(share * sum of goods),
///
/// so white noise has unit variance at every DM, width, mask and gap pattern. Where the series
/// scatters more than white noise would (measured over the whole series, by medians, at that
/// width, less what so few boxes of white noise may show), S/N is divided by the excess: red noise
/// is not counted as signal.
///
/// Threads: one object a thread; it keeps its work space.
class BoxcarSearch {
 public:
  /// @param threshold  S/N.
  BoxcarSearch(std::vector<std::uint32_t> widths, double threshold);

  /// Appends the peaks of one series, in order of time.
  /// @param shares  Shape [width]: see NoiseModel.
  /// @param least_goods  A box with fewer good samples a sample of width is not looked at.
  void search(const DedispersedSeries& series, std::span<const float> shares, double least_goods,
              std::uint32_t trial, std::vector<Detection>& detections);

  [[nodiscard]] const BoxCounts& counts() const noexcept { return counts_; }

 private:
  struct Best {
    double snr = 0.0;
    double noise = 1.0;
    std::uint32_t width = 0;
  };

  void search_width(const DedispersedSeries& series, std::uint32_t width, float share,
                    double least_goods);
  double excess_noise(const DedispersedSeries& series, std::uint32_t width, float share,
                      double least_goods);
  void collect_peaks(const DedispersedSeries& series, std::uint32_t trial,
                     std::vector<Detection>& detections);
  [[nodiscard]] double box_snr(std::size_t start, std::uint32_t width, float share,
                               double least_goods) const;

  std::vector<std::uint32_t> widths_;
  double threshold_;
  std::vector<double> sums_before_;   // [time + 1]: prefix sums
  std::vector<double> goods_before_;  // [time + 1]
  std::vector<Best> best_;            // [time]: best box centred there; width 0: none
  std::vector<std::size_t> above_;    // times with a box
  std::vector<float> some_;           // S/N of boxes here and there
  std::vector<float> work_;           // for their median
  BoxCounts counts_;
};

}  // namespace draftstream
