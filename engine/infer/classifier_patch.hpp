// What the classifier sees: one candidate by itself, scaled to its width.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/infer/band_delays.hpp"
#include "engine/infer/sample_window.hpp"

namespace draftstream {

/// A pulse that is to be looked at, in samples of the recording.
struct PatchPlace {
  double middle = 0.0;      ///< Of the pulse, at the highest channel.
  double sweep = 0.0;       ///< At its DM.
  std::uint32_t width = 1;  ///< Of its box.
};

/// Plane 0, [band][time]: dedispersed at the pulse's DM; bands of equally many channels, the
/// lowest frequencies first; cells of max(1, width / 4) samples. Cells hold their sum over the root
/// of the number of good samples; code = round(20 x).
/// Plane 1, [DM][time]: sums over the bands, in steps of width / 4 samples of sweep around the
/// pulse's own; cells of the same length; code = round(24 asinh(x / 3)).
/// Codes are cut to -127 to 127. The pulse's middle is where cell 32 begins; its own DM is row 32.
/// With fewer than 64 channels some bands are empty: 0.
struct ClassifierPatch {
  static constexpr std::size_t planes = 2;
  static constexpr std::size_t side = 64;
  static constexpr std::size_t size = planes * side * side;

  std::array<std::int8_t, size> codes{};  ///< [plane][row][cell]

  [[nodiscard]] std::int8_t at(std::size_t plane, std::size_t row, std::size_t cell) const {
    return codes[(plane * side + row) * side + cell];
  }
  /// Samples before and behind a pulse's middle that are looked at.
  [[nodiscard]] static std::size_t reach(std::uint32_t width) noexcept;
};

/// Threads: one object a thread; it keeps its work space.
class ClassifierPatchMaker {
 public:
  /// @param delays  Must outlive this.
  explicit ClassifierPatchMaker(const BandDelays& delays);

  /// The window that make() needs for a place: of these stretches, at level 0.
  [[nodiscard]] std::vector<Stretch> stretches(const PatchPlace& place) const;

  /// @param window  At least the stretches of `place`.
  void make(const SampleWindow& window, const PatchPlace& place, ClassifierPatch& patch);

 private:
  void fill_bands(const SampleWindow& window, const PatchPlace& place);
  void code_rows(const PatchPlace& place, ClassifierPatch& patch) const;

  const BandDelays& delays_;
  std::vector<double> middles_;  // [band]: mean share of its channels
  std::vector<float> sums_;      // [band][cell], more cells than a patch has
  std::vector<float> counts_;    // [band][cell]: good samples
};

}  // namespace draftstream
