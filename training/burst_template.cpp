#include "training/burst_template.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/dispersion.hpp"
#include "ingest/errors.hpp"
#include "training/pulse_profile.hpp"
#include "training/scintillation.hpp"

namespace draftstream {
namespace {

// Delay is taken to be linear in frequency within a piece; a channel is cut into pieces until the
// error of that is below this part of the pulse's width.
constexpr double curvature_tolerance = 0.01;
constexpr std::size_t most_pieces = 64;
// Delays closer than this part of the pulse's width are one delay: the error is of second order.
constexpr double one_delay = 1e-4;
// In one channel; keeps the truth's dedispersed sum below 128 MiB.
constexpr std::int64_t longest_pulse = std::int64_t{1} << 24;

// Average of `integral` over delays [begin, end] behind `t`.
double mean_integral(const PulseProfile& profile, double t, double begin, double end,
                     double resolution) {
  if (end - begin < one_delay * resolution) return profile.integral(t - 0.5 * (begin + end));
  return (profile.second_integral(t - begin) - profile.second_integral(t - end)) / (end - begin);
}

}  // namespace

BurstTemplate::BurstTemplate(const Burst& burst, const FrequencyAxis& frequency,
                             Seconds sample_time)
    : burst_{burst},
      frequency_{&frequency},
      sample_time_{sample_time.value()},
      // Half of the lowest frequency, if need be: a channel that reaches 0 MHz is never delayed
      // by infinity.
      half_channel_mhz_{
          std::min(0.5 * frequency.channel_width().value(), 0.5 * frequency.lowest().value())},
      weights_(burst.components * frequency.channels(), 0.0) {
  check(burst);
  const std::size_t channels = frequency.channels();
  const bool scintillates = burst.scint_scale.value() > 0.0;
  const std::vector<double> gains =
      scintillates
          ? scintillation(frequency, burst.scint_scale, burst.scint_depth, burst.scint_seed)
          : std::vector<double>(channels, 1.0);
  bool any = false;
  for (std::size_t c = 0; c < channels; ++c) {
    const Megahertz centre = frequency.centre(c);
    const double spectrum = gains[c] * std::pow(centre / frequency.middle(), burst.index);
    for (std::size_t k = 0; k < burst.components; ++k) {
      const auto band = burst.band_of(k);
      if (band && (centre > band->top || centre < band->bottom)) continue;
      weights_[k * channels + c] = spectrum * std::pow(burst.ratio, static_cast<double>(k));
    }
    const SampleRange span = range(c);
    if (span.samples() == 0) continue;
    if (span.samples() > longest_pulse) {
      throw ConfigError(fmt::format(
          "burst: found a pulse of {} samples at {} MHz (width, scattering, smear, components), "
          "expected {} at most",
          span.samples(), centre.value(), longest_pulse));
    }
    range_.first = any ? std::min(range_.first, span.first) : span.first;
    range_.end = any ? std::max(range_.end, span.end) : span.end;
    any = true;
  }
  if (!any) {
    throw ConfigError(fmt::format(
        "burst: key 'band': found {} to {} MHz, expected a channel's centre in it ({} to {} MHz)",
        burst.band->top.value(), burst.band->bottom.value(), frequency.highest().value(),
        frequency.lowest().value()));
  }
}

double BurstTemplate::weight(std::size_t channel) const {
  double sum = 0.0;
  for (std::size_t k = 0; k < burst_.components; ++k) sum += weight(channel, k);
  return sum;
}

Seconds BurstTemplate::delay(std::size_t channel) const {
  return dispersion_delay(burst_.dm, frequency_->centre(channel), frequency_->highest());
}

double BurstTemplate::arrival(double mhz, std::size_t component) const {
  double t = burst_.toa.value() + static_cast<double>(component) * burst_.spacing.value() +
             dispersion_delay(burst_.dm, Megahertz{mhz}, frequency_->highest()).value();
  if (burst_.slant.value() > 0.0) {
    const auto band =
        burst_.band_of(component).value_or(Band{frequency_->highest(), frequency_->lowest()});
    const double width = (band.top - band.bottom).value();
    if (width > 0.0) t += burst_.slant.value() * (band.top.value() - mhz) / width;
  }
  return t;
}

// tau ~ f^-4, given at the middle of the band.
Seconds BurstTemplate::tau(std::size_t channel) const {
  const double ratio = frequency_->middle() / frequency_->centre(channel);
  return ratio * ratio * ratio * ratio * burst_.tau;
}

SampleRange BurstTemplate::range(std::size_t channel) const {
  SampleRange whole;
  for (std::size_t k = 0; k < burst_.components; ++k) {
    const SampleRange part = range(channel, k);
    if (part.samples() == 0) continue;
    if (whole.samples() == 0) whole = part;
    whole = {std::min(whole.first, part.first), std::max(whole.end, part.end)};
  }
  return whole;
}

SampleRange BurstTemplate::range(std::size_t channel, std::size_t component) const {
  if (weight(channel, component) == 0.0) return {};
  const double mhz = frequency_->centre(channel).value();
  const PulseProfile profile{burst_.width, tau(channel)};
  const double begin = arrival(mhz + half_channel_mhz_, component) + profile.begin();
  const double end = arrival(mhz - half_channel_mhz_, component) + profile.end();
  return {static_cast<std::int64_t>(std::floor(begin / sample_time_)),
          static_cast<std::int64_t>(std::ceil(end / sample_time_))};
}

void BurstTemplate::split(std::size_t channel, std::size_t component,
                          std::vector<Piece>& pieces) const {
  const double mhz = frequency_->centre(channel).value();
  const double begin = arrival(mhz + half_channel_mhz_, component);
  const double end = arrival(mhz - half_channel_mhz_, component);
  const double error = std::abs(arrival(mhz, component) - 0.5 * (begin + end));
  const double tolerance = curvature_tolerance * (burst_.width.value() + sample_time_);
  const auto wanted = static_cast<std::size_t>(
      std::min(static_cast<double>(most_pieces), std::ceil(std::sqrt(error / tolerance))));
  const std::size_t count = std::max<std::size_t>(1, wanted);
  pieces.clear();
  double from = begin;
  for (std::size_t i = 1; i <= count; ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(count);
    const double to =
        i == count ? end
                   : arrival(mhz + half_channel_mhz_ - 2.0 * half_channel_mhz_ * part, component);
    pieces.push_back({from, to});
    from = to;
  }
}

void BurstTemplate::fill(std::size_t channel, std::int64_t first, std::span<float> out) const {
  std::fill(out.begin(), out.end(), 0.0F);
  for (std::size_t k = 0; k < burst_.components; ++k) {
    const SampleRange range = this->range(channel, k);
    const std::int64_t from = std::max(range.first, first);
    const std::int64_t to = std::min(range.end, first + static_cast<std::int64_t>(out.size()));
    if (from < to) {
      add(channel, k, from,
          out.subspan(static_cast<std::size_t>(from - first), static_cast<std::size_t>(to - from)));
    }
  }
}

void BurstTemplate::add(std::size_t channel, std::size_t component, std::int64_t first,
                        std::span<float> out) const {
  const PulseProfile profile{burst_.width, tau(channel)};
  const double resolution = burst_.width.value() + sample_time_;
  const double fluence = weight(channel, component);
  std::vector<Piece> pieces;
  split(channel, component, pieces);
  // Fluence that arrived before sample `index`; a sample holds the difference of two of them.
  const auto arrived = [&](std::int64_t index) {
    const double t = static_cast<double>(index) * sample_time_;
    double sum = 0.0;
    for (const Piece& piece : pieces) {
      sum += mean_integral(profile, t, piece.begin, piece.end, resolution);
    }
    return sum / static_cast<double>(pieces.size());
  };
  double before = arrived(first);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double after = arrived(first + static_cast<std::int64_t>(i) + 1);
    out[i] += static_cast<float>(fluence * (after - before));
    before = after;
  }
}

}  // namespace draftstream
