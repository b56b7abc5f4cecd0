// What a journal needs now and then, beside being written.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "publishers/journal/journal.hpp"

namespace draftstream {

/// Keeps the file in order and in bounds, on a thread of its own, so that those who write events
/// wait neither for the disk nor for what is removed.
class JournalKeeper {
 public:
  /// @param journal   Must outlive this.
  /// @param interval  Between two looks, of which the first is at once.
  /// @param warned    Told of what failed, each fault once in a row; from the keeper's thread.
  JournalKeeper(Journal& journal, JournalRetention rule, std::chrono::milliseconds interval,
                std::function<void(const std::string&)> warned);
  ~JournalKeeper();
  JournalKeeper(const JournalKeeper&) = delete;
  JournalKeeper& operator=(const JournalKeeper&) = delete;

 private:
  void run();
  void look();
  [[nodiscard]] bool leaves_within(std::chrono::milliseconds time);

  Journal& journal_;
  const JournalRetention rule_;
  const std::chrono::milliseconds interval_;
  const std::function<void(const std::string&)> warned_;
  std::string last_fault_;  // only on the thread
  std::mutex mutex_;
  bool leaving_ = false;            // guarded by mutex_
  std::condition_variable leaves_;  // signalled by: the destructor
  std::thread thread_;              // last: it uses all of the above
};

}  // namespace draftstream
