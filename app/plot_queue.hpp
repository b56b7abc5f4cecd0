// What is to be drawn, on a thread that others need not wait for.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "publishers/summary.hpp"

namespace draftstream {

/// One slice, or whatever else is drawn at once.
struct PlotTask {
  std::string name;                     ///< For the log.
  std::function<bool()> fetch;          ///< Brings what may be gone soon, before anything else is
                                        ///< drawn; false: it is gone. May be empty.
  std::function<std::uint64_t()> draw;  ///< After fetch(). @return Pictures made;
                                        ///< 0: there was nothing to draw, it is skipped.
  std::size_t bytes = 0;                ///< That it holds while it waits.
};

/// What drawing leaves to others. Threads of the lowest priority still take from who shares a core
/// with them: its caches, and half of it where a core has two threads.
struct PlotPace {
  double rests = 0.0;                   ///< After each drawing, so many times as long as it took.
  std::chrono::milliseconds before{0};  ///< The first one.
};

/// Tasks in the order they came, one at a time, on a thread of the lowest priority. A task that
/// does not fit is skipped and counted: offering never waits for drawing. A task that throws is
/// counted as failed; the first few are logged. Rests end when half of the room is taken, and with
/// finish().
///
/// Threads: any; finish() once.
class PlotQueue {
 public:
  /// @param most_bytes  Of all that waits; a task by itself always fits.
  /// @param most_tasks  The same.
  PlotQueue(std::size_t most_bytes, std::size_t most_tasks, PlotPace pace = {});
  /// Leaves what waits.
  ~PlotQueue();
  PlotQueue(const PlotQueue&) = delete;
  PlotQueue& operator=(const PlotQueue&) = delete;

  /// @return false if there was no room: it is skipped.
  bool offer(PlotTask task);

  /// Counts slices that were never offered.
  void leave_out(std::uint64_t slices);

  /// Ends the thread after what it is at, and does on this one, at its priority, what waits, until
  /// `give_up` says so: that is skipped. Nothing is offered any more.
  void finish(const std::function<bool()>& give_up);

  /// After finish(): does one more, on this thread.
  void draw_now(PlotTask task);

  [[nodiscard]] PlotSummary summary() const;
  [[nodiscard]] std::size_t waiting() const;

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  [[nodiscard]] bool is_half_full() const;  // with the mutex held
  void fetch_all(std::unique_lock<std::mutex>& lock);
  void draw_first(std::unique_lock<std::mutex>& lock);
  void fail(const std::string& name, const std::string& reason);

  const std::size_t most_bytes_;
  const std::size_t most_tasks_;
  const PlotPace pace_;
  mutable std::mutex mutex_;  // guards what follows; held for moments only
  std::deque<PlotTask> tasks_;
  std::size_t bytes_ = 0;  // of those that wait, and of the one that is drawn
  PlotSummary summary_;
  bool closed_ = false;              // nothing is offered any more
  bool stopping_ = false;            // the thread is to end
  std::condition_variable changed_;  // signalled by: offer(), finish(), ~PlotQueue()
  std::thread thread_;               // last: it uses all of the above
};

}  // namespace draftstream
