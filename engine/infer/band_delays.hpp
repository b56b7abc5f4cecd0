// How a band delays, in units that no telescope enters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ingest/frequency_axis.hpp"
#include "ingest/units.hpp"

namespace draftstream {

/// Channels by rank, the highest frequency first, and each one's share of the *sweep*, the delay
/// of the lowest channel behind the highest:
///
///     share = (f^-2 - f_highest^-2) / (f_lowest^-2 - f_highest^-2)
class BandDelays {
 public:
  /// @throws ConfigError if all channels have the same frequency: then nothing is delayed.
  BandDelays(const FrequencyAxis& frequency, Seconds sample_time);

  [[nodiscard]] std::size_t channels() const noexcept { return order_.size(); }
  /// Shape [rank]: channel.
  [[nodiscard]] std::span<const std::uint32_t> order() const noexcept { return order_; }
  /// Shape [rank]: rising from 0 to 1.
  [[nodiscard]] std::span<const double> shares() const noexcept { return shares_; }
  /// Sweep of a DM [samples], and back.
  [[nodiscard]] double sweep(DispersionMeasure dm) const noexcept {
    return dm.value() * sweep_per_dm_;
  }
  [[nodiscard]] DispersionMeasure dm(double sweep) const noexcept {
    return DispersionMeasure{sweep / sweep_per_dm_};
  }

 private:
  std::vector<std::uint32_t> order_;
  std::vector<double> shares_;
  double sweep_per_dm_ = 0.0;  // [samples]
};

}  // namespace draftstream
