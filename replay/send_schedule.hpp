// When what is sent is due.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "ingest/live/stop_event.hpp"
#include "ingest/units.hpp"
#include "replay/planned_faults.hpp"

namespace draftstream {

/// Time since sending began. Tests have one of their own.
struct SendClock {
  std::function<Seconds()> now;
  std::function<bool(Seconds)> wait_until;  ///< @return false once stopped.
};

/// The machine's, which begins now. `stop` outlives it.
SendClock make_send_clock(const StopEvent& stop);

/// Spectra leave after they would have been taken, at a factor of real time, those of a block
/// spread over the time in which the next one is taken. All deadlines are reckoned from the
/// beginning, so that delays do not add up; only a planned stall moves those that come after it.
///
/// Threads: one at a time per object.
class SendSchedule {
 public:
  /// @param speed   Factor of real time; 0 = as fast as it goes.
  /// @param stalls  In order; begin with the first spectrum at or after their moments.
  SendSchedule(Seconds sample_time, double speed, std::span<const Moment> stalls, SendClock clock);

  /// Waits until part `index` of `count` of the spectra [first, first + samples) is due.
  /// @return false once stopped.
  bool wait(std::uint64_t first, std::uint64_t samples, std::size_t index = 0,
            std::size_t count = 1);
  /// Waits for some time from now on.
  bool pause(Seconds length) { return clock_.wait_until(clock_.now() + length); }

 private:
  Seconds sample_time_;
  double speed_;
  std::vector<Moment> stalls_;  // that are still to come
  Seconds stalled_;
  SendClock clock_;
};

}  // namespace draftstream
