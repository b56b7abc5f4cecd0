// A live run as a service: signs of life, a status line, and an end within a bound.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/interrupt.hpp"
#include "app/run_monitor.hpp"

namespace draftstream {

/// "observation local-..., 1 x real time, lag 0.8 s, 3 events, 0 samples lost", and what is left
/// out where it cannot keep up.
/// @param rate  x real time.
[[nodiscard]] std::string describe(const RunReport& report, double rate);

/// Tells the service manager how the process is:
///
///     READY=1      ready()
///     STATUS=      every two seconds
///     WATCHDOG=1   while no stage of the run is stuck; the bound is half the watchdog's time
///     RELOADING=1  reload(), then READY=1
///     STOPPING=1   at a signal or the end; EXTEND_TIMEOUT_USEC while draining
///
/// and keeps the promise of an end: what a signal finds unsearched is searched for as long as the
/// drain may last, then left; what does not even come to an end then is ended 5 s later.
///
/// Threads: any; it has one of its own.
class LiveService {
 public:
  using Clock = std::chrono::steady_clock;

  /// @param interrupt, monitor  Must outlive this.
  /// @param drain  From the signal on.
  LiveService(const Interrupt& interrupt, RunMonitor& monitor, std::chrono::seconds drain);
  ~LiveService();
  LiveService(const LiveService&) = delete;
  LiveService& operator=(const LiveService&) = delete;

  /// The source is open, and what has to be bound is bound.
  void ready();
  /// Does it between RELOADING=1 and READY=1.
  void reload(const std::function<void()>& read);

  /// Of the last ten seconds or so; of all of the observation at its beginning [x real time].
  [[nodiscard]] double rate() const;
  /// Stages that are stuck, as of the last look.
  [[nodiscard]] std::vector<std::string> stuck() const;

 private:
  void run();
  void look(Clock::time_point now);
  void look_at_stages(Clock::time_point now);
  void note_rate(Clock::time_point now, const std::optional<RunReport>& report);
  void tell_status(const std::optional<RunReport>& report);
  void drain(Clock::time_point now);

  const Interrupt& interrupt_;
  RunMonitor& monitor_;
  const std::chrono::seconds drain_;
  const std::optional<std::chrono::microseconds> watchdog_;
  // Only on the thread.
  std::optional<Clock::time_point> signalled_;
  bool abandoned_ = false;
  Clock::time_point status_told_;
  std::string rated_obs_id_;       // what the next two belong to
  Clock::time_point rated_since_;  // where the rate is measured from
  double rated_from_s_ = 0.0;

  mutable std::mutex mutex_;  // guards what follows
  bool leaving_ = false;
  double rate_ = 0.0;
  std::vector<std::string> stuck_;
  std::condition_variable left_;  // signalled by: the destructor
  std::thread thread_;            // last: it uses all of the above
};

}  // namespace draftstream
