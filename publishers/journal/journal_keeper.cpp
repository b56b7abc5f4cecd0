#include "publishers/journal/journal_keeper.hpp"

#include <pthread.h>

#include <exception>
#include <utility>

namespace draftstream {
namespace {

constexpr std::chrono::milliseconds breath{5};  // for those who wait to write, between two pieces

}  // namespace

JournalKeeper::JournalKeeper(Journal& journal, JournalRetention rule,
                             std::chrono::milliseconds interval,
                             std::function<void(const std::string&)> warned)
    : journal_{journal}, rule_{rule}, interval_{interval}, warned_{std::move(warned)} {
  thread_ = std::thread{[this] { run(); }};
  pthread_setname_np(thread_.native_handle(), "journal");
}

JournalKeeper::~JournalKeeper() {
  {
    const std::lock_guard lock{mutex_};
    leaving_ = true;
  }
  leaves_.notify_all();
  thread_.join();
}

bool JournalKeeper::leaves_within(std::chrono::milliseconds time) {
  std::unique_lock lock{mutex_};
  return leaves_.wait_for(lock, time, [this] { return leaving_; });
}

// At once, too: a process may be gone before the interval is.
void JournalKeeper::run() {
  do {
    try {
      look();
      last_fault_.clear();
    } catch (const std::exception& fault) {  // the disk is full, say: writers will say so, too
      if (fault.what() != last_fault_ && warned_) warned_(fault.what());
      last_fault_ = fault.what();
    }
  } while (!leaves_within(interval_));
}

void JournalKeeper::look() {
  while (journal_.trim(rule_) > 0) {
    if (leaves_within(breath)) return;
  }
  journal_.checkpoint();
}

}  // namespace draftstream
