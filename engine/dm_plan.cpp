#include "engine/dm_plan.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/dispersion.hpp"
#include "ingest/errors.hpp"

namespace draftstream {
namespace {

constexpr std::size_t most_trials = 200'000;
constexpr double longest_sweep = 1e9;  // [samples]; delays are kept in 32 bits

void check(const DmRange& range) {
  if (!(range.min.value() >= 0.0) || !(range.max >= range.min) ||
      !std::isfinite(range.max.value())) {
    throw ConfigError(fmt::format("DM range: found {}:{} pc cm^-3, expected 0 <= MIN <= MAX",
                                  range.min.value(), range.max.value()));
  }
  if (!(range.tolerance > 1.0) || !std::isfinite(range.tolerance)) {
    throw ConfigError(
        fmt::format("DM tolerance: found {}, expected a number above 1", range.tolerance));
  }
}

}  // namespace

DmPlan::DmPlan(const FrequencyAxis& frequency, Seconds sample_time, const DmRange& range) {
  check(range);
  samples_per_dm_.reserve(frequency.channels());
  for (std::size_t c = 0; c < frequency.channels(); ++c) {
    const Seconds delay =
        dispersion_delay(DispersionMeasure{1.0}, frequency.centre(c), frequency.highest());
    samples_per_dm_.push_back(delay / sample_time);
  }
  sweep_per_dm_ = *std::max_element(samples_per_dm_.begin(), samples_per_dm_.end());

  // All lengths of time in samples from here on.
  const double middle = frequency.middle().value();
  // A table that names frequencies twice may leave the width unknown: 0.
  const double channel_width = frequency.channel_width().value() > 0.0
                                   ? frequency.channel_width().value()
                                   : (frequency.highest() - frequency.lowest()).value() /
                                         static_cast<double>(frequency.channels());
  const double a =
      2.0 * dispersion_constant * channel_width / (middle * middle * middle) / sample_time.value();
  const double b = a * static_cast<double>(frequency.channels()) / 4.0;
  const double width = range.pulse_width / sample_time;
  const double excess = (1.0 + width * width) * (range.tolerance * range.tolerance - 1.0);
  const double a2 = a * a;
  const double b2 = b * b;

  trials_.push_back(range.min);
  while (trials_.back() < range.max && sweep_per_dm_ > 0.0) {
    const double dm = trials_.back().value();
    const double k = excess + range.tolerance * range.tolerance * a2 * dm * dm;
    trials_.emplace_back((b2 * dm + std::sqrt(std::max(0.0, (a2 + b2) * k - a2 * b2 * dm * dm))) /
                         (a2 + b2));
    if (trials_.size() > most_trials) {
      throw ConfigError(fmt::format(
          "DM range {}:{} pc cm^-3 at tolerance {}: found more than {} trials, expected fewer: "
          "raise the tolerance or shorten the range",
          range.min.value(), range.max.value(), range.tolerance, most_trials));
    }
  }
  if (!(sweep_samples(trials_.back()) < longest_sweep)) {
    throw ConfigError(fmt::format(
        "DM range {}:{} pc cm^-3: found a sweep of {:.3g} samples, expected fewer than {:.0e}",
        range.min.value(), range.max.value(), sweep_samples(trials_.back()), longest_sweep));
  }
  longest_delay_ = static_cast<std::size_t>(std::lround(sweep_samples(trials_.back())));
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
