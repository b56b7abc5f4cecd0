// Which dispersion measures are tried, and how many samples each channel is late at each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ingest/frequency_axis.hpp"
#include "ingest/units.hpp"

namespace draftstream {

/// What decides the trials.
struct DmRange {
  DispersionMeasure min{0.0};
  DispersionMeasure max{0.0};
  double tolerance = 1.25;     ///< > 1.
  Seconds pulse_width{40e-6};  ///< Intrinsic width that the tolerance reckons with.
};

/// Trials and delays. Delays are rounded to the nearest sample and count from the highest channel,
/// whose delay is 0; see docs/decisions/0001-dispersion-constant.md.
class DmPlan {
 public:
  /// Places the trials so that, half-way to the next one, a pulse is at most `tolerance` times as
  /// wide as at its own trial:
  ///
  ///     t^2 + w^2 + (a DM')^2 + (b (DM' - DM))^2 = tolerance^2 (t^2 + w^2 + (a DM)^2)
  ///
  /// where a DM is the smearing inside the middle channel and b (DM' - DM) that across a quarter of
  /// the band. `max` itself is always covered.
  /// @throws ConfigError naming the number that makes no sense, or if there were too many trials.
  /// @source L. Levin (2012), PhD thesis, Swinburne, as used by dedisp and heimdall.
  DmPlan(const FrequencyAxis& frequency, Seconds sample_time, const DmRange& range);

  [[nodiscard]] std::size_t trials() const noexcept { return trials_.size(); }
  [[nodiscard]] std::size_t channels() const noexcept { return samples_per_dm_.size(); }
  [[nodiscard]] DispersionMeasure trial(std::size_t index) const { return trials_[index]; }
  /// Distance to the next trial; that of the last pair for the last one; 0 for a single trial.
  [[nodiscard]] DispersionMeasure step(std::size_t index) const noexcept;

  /// @param out  Shape [channel]: delay behind the highest channel [samples].
  void delays(DispersionMeasure dm, std::span<std::int32_t> out) const;
  /// Delay of the lowest channel [samples], unrounded.
  [[nodiscard]] double sweep_samples(DispersionMeasure dm) const noexcept;
  /// Longest delay of any trial [samples].
  [[nodiscard]] std::size_t longest_delay() const noexcept { return longest_delay_; }

 private:
  std::vector<DispersionMeasure> trials_;
  std::vector<double> samples_per_dm_;  // [channel]
  double sweep_per_dm_ = 0.0;
  std::size_t longest_delay_ = 0;
};

}  // namespace draftstream
