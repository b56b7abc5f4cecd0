#include "engine/trial_spacing.hpp"

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

TrialSpacing::TrialSpacing(const FrequencyAxis& frequency, Seconds sample_time,
                           const DmRange& range)
    : range_{range} {
  check(range);
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
  a2_ = a * a;
  b2_ = b * b;
  excess_ = (1.0 + width * width) * (range.tolerance * range.tolerance - 1.0);
}

DispersionMeasure TrialSpacing::next(DispersionMeasure trial) const noexcept {
  const double dm = trial.value();
  const double k = excess_ + range_.tolerance * range_.tolerance * a2_ * dm * dm;
  return DispersionMeasure{
      (b2_ * dm + std::sqrt(std::max(0.0, (a2_ + b2_) * k - a2_ * b2_ * dm * dm))) / (a2_ + b2_)};
}

void TrialSpacing::extend(std::vector<DispersionMeasure>& trials, DispersionMeasure end) const {
  while (trials.back() < end) {
    trials.push_back(next(trials.back()));
    if (trials.size() > most_trials) {
      throw ConfigError(fmt::format(
          "DM range {}:{} pc cm^-3 at tolerance {}: found more than {} trials, expected fewer: "
          "raise the tolerance or shorten the range",
          range_.min.value(), range_.max.value(), range_.tolerance, most_trials));
    }
  }
}

void check_sweep(const DmRange& range, double sweep) {
  if (!(sweep < longest_sweep)) {
    throw ConfigError(fmt::format(
        "DM range {}:{} pc cm^-3: found a sweep of {:.3g} samples, expected fewer than {:.0e}",
        range.min.value(), range.max.value(), sweep, longest_sweep));
  }
}

}  // namespace draftstream
