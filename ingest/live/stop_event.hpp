// Waiting for a descriptor, until someone says stop.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>

#include "ingest/live/file_descriptor.hpp"

namespace draftstream {

/// Why a wait came to its end.
enum class Waited { ready, stopped, timed_out };

/// Threads: any.
class StopEvent {
 public:
  /// @throws std::system_error if the system has no descriptor left.
  StopEvent();

  /// Ends all waits, those that are still to come included. Safe in a signal handler.
  void stop() noexcept;
  [[nodiscard]] bool stopped() const noexcept;

  /// Waits until `descriptor` has one of the poll() events, was closed by its peer, or failed: a
  /// read or write of it does not block then.
  /// @return false once stopped.
  /// @throws std::system_error on a descriptor that cannot be waited for.
  [[nodiscard]] bool wait(int descriptor, short events) const;
  /// The same, at most until a moment; to whole milliseconds, never before it.
  [[nodiscard]] Waited wait(int descriptor, short events,
                            std::chrono::steady_clock::time_point moment) const;
  /// Waits for a moment. @return false once stopped.
  [[nodiscard]] bool wait_until(std::chrono::steady_clock::time_point moment) const;
  /// Whether someone is in wait() now.
  [[nodiscard]] bool is_waited_on() const noexcept { return waiting_ > 0; }

 private:
  FileDescriptor event_;
  mutable std::atomic<int> waiting_ = 0;
};

}  // namespace draftstream
