#include "training/burst_template.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/dispersion.hpp"
#include "ingest/errors.hpp"
#include "training/pulse_profile.hpp"

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
      weights_(frequency.channels(), 0.0) {
  check(burst);
  bool any = false;
  for (std::size_t c = 0; c < weights_.size(); ++c) {
    const Megahertz centre = frequency.centre(c);
    if (burst.band && (centre > burst.band->top || centre < burst.band->bottom)) continue;
    weights_[c] = std::pow(centre / frequency.middle(), burst.index);
    const SampleRange span = range(c);
    if (span.samples() > longest_pulse) {
      throw ConfigError(fmt::format(
          "burst: found a pulse of {} samples at {} MHz (width, scattering, smear), expected {} "
          "at most",
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

Seconds BurstTemplate::delay(std::size_t channel) const {
  return dispersion_delay(burst_.dm, frequency_->centre(channel), frequency_->highest());
}

double BurstTemplate::arrival(double mhz) const {
  return burst_.toa.value() +
         dispersion_delay(burst_.dm, Megahertz{mhz}, frequency_->highest()).value();
}

// tau ~ f^-4, given at the middle of the band.
Seconds BurstTemplate::tau(std::size_t channel) const {
  const double ratio = frequency_->middle() / frequency_->centre(channel);
  return ratio * ratio * ratio * ratio * burst_.tau;
}

SampleRange BurstTemplate::range(std::size_t channel) const {
  if (weights_[channel] == 0.0) return {};
  const double mhz = frequency_->centre(channel).value();
  const PulseProfile profile{burst_.width, tau(channel)};
  const double begin = arrival(mhz + half_channel_mhz_) + profile.begin();
  const double end = arrival(mhz - half_channel_mhz_) + profile.end();
  return {static_cast<std::int64_t>(std::floor(begin / sample_time_)),
          static_cast<std::int64_t>(std::ceil(end / sample_time_))};
}

void BurstTemplate::split(std::size_t channel, std::vector<Piece>& pieces) const {
  const double mhz = frequency_->centre(channel).value();
  const double begin = arrival(mhz + half_channel_mhz_);
  const double end = arrival(mhz - half_channel_mhz_);
  const double error = std::abs(arrival(mhz) - 0.5 * (begin + end));
  const double tolerance = curvature_tolerance * (burst_.width.value() + sample_time_);
  const auto wanted = static_cast<std::size_t>(
      std::min(static_cast<double>(most_pieces), std::ceil(std::sqrt(error / tolerance))));
  const std::size_t count = std::max<std::size_t>(1, wanted);
  pieces.clear();
  double from = begin;
  for (std::size_t i = 1; i <= count; ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(count);
    const double to =
        i == count ? end : arrival(mhz + half_channel_mhz_ - 2.0 * half_channel_mhz_ * part);
    pieces.push_back({from, to});
    from = to;
  }
}

void BurstTemplate::fill(std::size_t channel, std::int64_t first, std::span<float> out) const {
  if (weights_[channel] == 0.0) {
    std::fill(out.begin(), out.end(), 0.0F);
    return;
  }
  const PulseProfile profile{burst_.width, tau(channel)};
  const double resolution = burst_.width.value() + sample_time_;
  std::vector<Piece> pieces;
  split(channel, pieces);
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
    out[i] = static_cast<float>(weights_[channel] * (after - before));
    before = after;
  }
}

}  // namespace draftstream
