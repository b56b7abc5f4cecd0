// A burst as samples: where each channel holds it, and how much of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ingest/frequency_axis.hpp"
#include "ingest/units.hpp"
#include "training/burst.hpp"

namespace draftstream {

/// The samples [first, end) of one channel; may lie outside the recording.
struct SampleRange {
  std::int64_t first = 0;
  std::int64_t end = 0;

  [[nodiscard]] std::int64_t samples() const noexcept { return end - first; }
  friend bool operator==(const SampleRange&, const SampleRange&) = default;
};

/// The noiseless pulse T[channel, sample], averaged over each sample and each channel's own width:
///
///     sum over samples of T[c, .] = g_c (f_c / f_mid)^index sum over components k of ratio^k
///
/// with scintillation's g_c, over the components whose band holds the channel.
///
/// Nothing is tabled: a value is a function of channel and absolute sample index alone, so any
/// piece of the sky can be made by itself, bit for bit.
class BurstTemplate {
 public:
  /// @param frequency  Must outlive the template.
  /// @throws ConfigError if the burst is out of range or its band holds no channel.
  BurstTemplate(const Burst& burst, const FrequencyAxis& frequency, Seconds sample_time);

  /// Where channel c holds more than 1e-6 of its fluence; empty outside the burst's band.
  [[nodiscard]] SampleRange range(std::size_t channel) const;
  /// The smallest that holds every channel's.
  [[nodiscard]] SampleRange range() const noexcept { return range_; }

  /// T[channel, first ...] into `out`.
  void fill(std::size_t channel, std::int64_t first, std::span<float> out) const;

  /// Delay of the channel's centre behind that of the highest channel.
  [[nodiscard]] Seconds delay(std::size_t channel) const;
  /// Fluence of the channel, as above.
  [[nodiscard]] double weight(std::size_t channel) const;

 private:
  struct Piece {
    double begin, end;  // delays at the edges of a part of a channel [s from sample 0]
  };
  [[nodiscard]] Seconds tau(std::size_t channel) const;
  [[nodiscard]] double arrival(double mhz, std::size_t component) const;
  [[nodiscard]] double weight(std::size_t channel, std::size_t component) const {
    return weights_[component * frequency_->channels() + channel];
  }
  [[nodiscard]] SampleRange range(std::size_t channel, std::size_t component) const;
  void split(std::size_t channel, std::size_t component, std::vector<Piece>& pieces) const;
  void add(std::size_t channel, std::size_t component, std::int64_t first,
           std::span<float> out) const;

  Burst burst_;
  const FrequencyAxis* frequency_;
  double sample_time_;
  double half_channel_mhz_;
  std::vector<double> weights_;  // [component, channel]
  SampleRange range_;
};

}  // namespace draftstream
