// SIGINT, SIGTERM and SIGHUP, turned into calls on an ordinary thread.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

namespace draftstream {

/// While one of these lives, the first SIGINT or SIGTERM asks the run to end and a second one ends
/// the process at once. Make it before any other thread, which then leave the signals to it.
/// SIGHUP ends the process as ever, unless it is asked for.
///
/// Threads: any.
class Interrupt {
 public:
  enum class Hangup { ends, is_told };

  /// @throws std::system_error if the system has no descriptor left.
  explicit Interrupt(Hangup hangup = Hangup::ends);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// The signal that arrived; 0 = none yet.
  [[nodiscard]] int signal() const noexcept { return signal_; }

  /// Has `action` called, on a thread of this object, at the first signal; at once, here, if that
  /// is past. An empty action takes the last one away; once it returns, that is not running.
  void on_signal(std::function<void()> action);
  /// Has `action` called, on the same thread, at each SIGHUP from now on, where it is told; one
  /// that comes before is passed over. An empty action as above.
  void on_hangup(std::function<void()> action);

 private:
  void watch();

  Hangup hangup_;
  int signals_ = -1;  // descriptor: readable when a signal is pending
  int leave_ = -1;    // descriptor: readable when this object goes
  std::atomic<int> signal_ = 0;
  std::mutex mutex_;  // guards both actions, and their runs
  std::function<void()> action_;
  std::function<void()> hangup_action_;
  std::thread thread_;  // last: it uses all of the above
};

/// "SIGINT" or "SIGTERM".
const char* signal_name(int signal) noexcept;

/// What a shell calls it: 128 + signal.
constexpr int status_of_signal(int signal) noexcept {
  return 128 + signal;
}

}  // namespace draftstream
