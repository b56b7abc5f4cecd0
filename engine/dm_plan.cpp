#include "engine/dm_plan.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "engine/dispersion.hpp"

namespace draftstream {

DmPlan::DmPlan(const FrequencyAxis& frequency, Seconds sample_time, const DmRange& range) {
  const TrialSpacing spacing{frequency, sample_time, range};
  find_delays(frequency, sample_time);
  trials_.push_back(range.min);
  if (sweep_per_dm_ > 0.0) spacing.extend(trials_, range.max);
  check_sweep(range, sweep_samples(trials_.back()));
  longest_delay_ = static_cast<std::size_t>(std::lround(sweep_samples(trials_.back())));
}

DmPlan::DmPlan(const FrequencyAxis& frequency, Seconds sample_time,
               std::span<const DispersionMeasure> trials)
    : trials_(trials.begin(), trials.end()) {
  if (trials_.empty()) throw std::invalid_argument("DmPlan: needs at least 1 trial");
  // Also refuses what is no number: nothing compares with it.
  const auto not_above = [](DispersionMeasure a, DispersionMeasure b) { return !(a < b); };
  if (!(trials_.front().value() >= 0.0) ||
      std::adjacent_find(trials_.begin(), trials_.end(), not_above) != trials_.end()) {
    throw std::invalid_argument("DmPlan: trials must rise, from 0 at least");
  }
  find_delays(frequency, sample_time);
  check_sweep({trials_.front(), trials_.back()}, sweep_samples(trials_.back()));
  longest_delay_ = static_cast<std::size_t>(std::lround(sweep_samples(trials_.back())));
}

void DmPlan::find_delays(const FrequencyAxis& frequency, Seconds sample_time) {
  samples_per_dm_.reserve(frequency.channels());
  for (std::size_t c = 0; c < frequency.channels(); ++c) {
    const Seconds delay =
        dispersion_delay(DispersionMeasure{1.0}, frequency.centre(c), frequency.highest());
    samples_per_dm_.push_back(delay / sample_time);
  }
  sweep_per_dm_ = *std::max_element(samples_per_dm_.begin(), samples_per_dm_.end());
}

DispersionMeasure DmPlan::step(std::size_t index) const noexcept {
  if (trials_.size() < 2) return DispersionMeasure{0.0};
  const std::size_t left = std::min(index, trials_.size() - 2);
  return trials_[left + 1] - trials_[left];
}

void DmPlan::delays(DispersionMeasure dm, std::span<std::int32_t> out) const {
  for (std::size_t c = 0; c < samples_per_dm_.size(); ++c) {
    out[c] = static_cast<std::int32_t>(std::lround(dm.value() * samples_per_dm_[c]));
  }
}

double DmPlan::sweep_samples(DispersionMeasure dm) const noexcept {
  return dm.value() * sweep_per_dm_;
}

}  // namespace draftstream
