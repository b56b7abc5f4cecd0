// Private to publishers/page/: pages that are kept up to date by server-sent events.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "publishers/page/page_server.hpp"

namespace draftstream {

/// What the server's streams have in common.
///
/// Threads: any.
class PageStreams {
 public:
  PageStreams(const PageSources& sources, const PageOptions& options)
      : sources_{sources}, options_{options} {}

  /// @return false if there are too many; else leave() has to follow.
  [[nodiscard]] bool enter();
  void leave();
  /// All streams end soon.
  void stop();
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }
  [[nodiscard]] PageCounts counts() const;

  /// sources.state(), as it was a moment ago at most: asked for once for all streams.
  [[nodiscard]] std::string state();
  void count_dropped() noexcept { ++dropped_; }
  /// Returns early once stopped.
  void wait(std::chrono::milliseconds time);

 private:
  const PageSources& sources_;
  const PageOptions& options_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::size_t> streams_ = 0;
  std::atomic<std::uint64_t> dropped_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  std::mutex wait_mutex_;
  std::condition_variable stopping_;  // signalled by: stop
  std::mutex state_mutex_;            // guards what follows
  std::string state_;
  std::optional<std::chrono::steady_clock::time_point> state_made_;
};

/// One of them. It has no queue: what it was not sent yet is in the journal.
///
/// Threads: one at a time.
class PageStream {
 public:
  using Write = std::function<bool(const std::string& text)>;

  /// @param after  Events with a higher number are sent.
  PageStream(PageStreams& streams, const PageSources& sources, const PageOptions& options,
             std::uint64_t after)
      : streams_{streams}, sources_{sources}, options_{options}, sent_{after} {}

  /// Sends what is new, if something is; else waits a little.
  /// @param write  Waits for the client as long as it is worth; false = it is gone.
  /// @return Whether to go on.
  bool go_on(const Write& write);

 private:
  [[nodiscard]] std::string news();

  PageStreams& streams_;
  const PageSources& sources_;
  const PageOptions& options_;
  std::uint64_t sent_;
  bool greeted_ = false;
  std::chrono::steady_clock::time_point state_told_;
};

}  // namespace draftstream
