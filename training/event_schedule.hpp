// When interference comes: events drawn per cell of time, so that none need be remembered.
#pragma once

#include <cstdint>
#include <vector>

#include "ingest/time_axis.hpp"
#include "training/random.hpp"

namespace draftstream {

/// Something that covers samples [first, first + samples).
struct SkyEvent {
  std::uint64_t first = 0;
  std::uint64_t samples = 1;
  double size = 0.0;   ///< 0 to 1, uniform: the kind makes of it what it needs.
  double shape = 0.0;  ///< 0 to 1, uniform.

  [[nodiscard]] std::uint64_t end() const noexcept { return first + samples; }
};

/// Events at a mean rate. Time is cut into cells of 1 s, or of 1/rate where that is longer; each
/// holds `rate * cell` events, rounded up or down at random to keep the mean, each beginning
/// anywhere in its cell. So counts vary less than Poisson's.
class EventSchedule {
 public:
  /// @param shortest, longest  Durations; log-uniform between them, rounded up to a sample.
  EventSchedule(const TimeAxis& time, double rate_hz, Seconds shortest, Seconds longest,
                std::uint64_t seed, RandomStream stream);

  /// Events that begin in [first, end), in order.
  [[nodiscard]] std::vector<SkyEvent> beginning_in(std::uint64_t first, std::uint64_t end) const;

  /// Events that cover a part of [first, end), in order.
  [[nodiscard]] std::vector<SkyEvent> covering(std::uint64_t first, std::uint64_t end) const;

  /// Events that begin in a recording of `samples`, and the samples in it that they cover.
  struct Count {
    std::uint64_t events = 0;
    std::uint64_t samples = 0;
  };
  [[nodiscard]] Count count(std::uint64_t samples) const;

  /// For what else a kind draws for this event; another for each event.
  [[nodiscard]] RandomEngine engine_of(const SkyEvent& event) const;

  [[nodiscard]] std::uint64_t cell_samples() const noexcept { return cell_samples_; }

 private:
  double sample_time_;
  std::uint64_t cell_samples_;
  double events_a_cell_;
  Seconds shortest_;
  Seconds longest_;
  std::uint64_t longest_samples_;
  std::uint64_t seed_;
  RandomStream stream_;
};

}  // namespace draftstream
