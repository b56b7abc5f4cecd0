#include "replay/send_schedule.hpp"

#include <chrono>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace draftstream {

SendClock make_send_clock(const StopEvent& stop) {
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  const auto now = [began] {
    return Seconds{std::chrono::duration<double>(Clock::now() - began).count()};
  };
  const auto wait = [began, &stop](Seconds moment) {
    const std::chrono::duration<double> later{moment.value()};
    return stop.wait_until(began + std::chrono::duration_cast<Clock::duration>(later));
  };
  return {now, wait};
}

SendSchedule::SendSchedule(Seconds sample_time, double speed, std::span<const Moment> stalls,
                           SendClock clock)
    : sample_time_{sample_time},
      speed_{speed},
      stalls_{stalls.rbegin(), stalls.rend()},
      clock_{std::move(clock)} {
  if (!(speed >= 0.0) || !std::isfinite(speed)) {
    throw std::invalid_argument(fmt::format("SendSchedule: speed = {}", speed));
  }
}

bool SendSchedule::wait(std::uint64_t first, std::uint64_t samples, std::size_t index,
                        std::size_t count) {
  while (!stalls_.empty() && static_cast<double>(first) * sample_time_ >= stalls_.back().at) {
    const Seconds length = stalls_.back().length;
    stalls_.pop_back();
    stalled_ = stalled_ + length;
    if (speed_ == 0.0 && !pause(length)) return false;
  }
  if (speed_ == 0.0) return clock_.wait_until(Seconds{});
  const double part = static_cast<double>(index) / static_cast<double>(count);
  const double spectra = static_cast<double>(first + samples) + part * static_cast<double>(samples);
  return clock_.wait_until((spectra / speed_) * sample_time_ + stalled_);
}

}  // namespace draftstream
