// How far apart the trials of a search may be.
#pragma once

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

/// Places trials so that, half-way to the next one, a pulse is at most `tolerance` times as wide as
/// at its own trial:
///
///     t^2 + w^2 + (a DM')^2 + (b (DM' - DM))^2 = tolerance^2 (t^2 + w^2 + (a DM)^2)
///
/// where a DM is the smearing inside the middle channel, b (DM' - DM) that across a quarter of the
/// band, t the time of a sample and w the width of the pulse.
/// @source L. Levin (2012), PhD thesis, Swinburne, as used by dedisp and heimdall.
class TrialSpacing {
 public:
  /// @throws ConfigError naming the number of the range that makes no sense.
  TrialSpacing(const FrequencyAxis& frequency, Seconds sample_time, const DmRange& range);

  /// Appends trials to those there are (at least one) until the last one is not below `end`.
  /// @throws ConfigError if there were too many.
  void extend(std::vector<DispersionMeasure>& trials, DispersionMeasure end) const;

 private:
  [[nodiscard]] DispersionMeasure next(DispersionMeasure trial) const noexcept;

  DmRange range_;
  double a2_ = 0.0;      // of the formula [samples^2]
  double b2_ = 0.0;      // [samples^2]
  double excess_ = 0.0;  // (t^2 + w^2) (tolerance^2 - 1) [samples^2]
};

/// @param sweep  Delay of the lowest channel behind the highest at the last trial [samples].
/// @throws ConfigError if it is more than delays are kept in.
void check_sweep(const DmRange& range, double sweep);

}  // namespace draftstream
