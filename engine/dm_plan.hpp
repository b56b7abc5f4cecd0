// Which dispersion measures are tried, and how many samples each channel is late at each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/trial_spacing.hpp"
#include "ingest/frequency_axis.hpp"
#include "ingest/units.hpp"

namespace draftstream {

/// Trials and delays. Delays are rounded to the nearest sample and count from the highest channel,
/// whose delay is 0; see docs/decisions/0001-dispersion-constant.md.
class DmPlan {
 public:
  /// Trials as TrialSpacing places them; `max` itself is always covered.
  /// @throws ConfigError naming the number that makes no sense, or if there were too many trials.
  DmPlan(const FrequencyAxis& frequency, Seconds sample_time, const DmRange& range);

  /// Trials as given.
  /// @param trials  Rising, the first >= 0.
  /// @throws std::invalid_argument if they are none or do not rise; ConfigError if the last one's
  ///         sweep is too long.
  DmPlan(const FrequencyAxis& frequency, Seconds sample_time,
         std::span<const DispersionMeasure> trials);

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
  void find_delays(const FrequencyAxis& frequency, Seconds sample_time);

  std::vector<DispersionMeasure> trials_;
  std::vector<double> samples_per_dm_;  // [channel]
  double sweep_per_dm_ = 0.0;
  std::size_t longest_delay_ = 0;
};

}  // namespace draftstream
