#include "app/plot_queue.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "app/exit_status.hpp"

namespace draftstream {
namespace {

constexpr std::uint64_t most_logged = 5;  // failures

// For what others leave of the processors. Where it is refused, it is drawn all the same.
void lower_priority() {
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_IDLE, &none);
  ::setpriority(PRIO_PROCESS, 0, 19);  // of this thread, on Linux
}

}  // namespace

PlotQueue::PlotQueue(std::size_t most_bytes, std::size_t most_tasks, PlotPace pace)
    : most_bytes_{most_bytes}, most_tasks_{most_tasks}, pace_{pace} {
  thread_ = std::thread{[this] {
    lower_priority();
    run();
  }};
  pthread_setname_np(thread_.native_handle(), "plots");
}

PlotQueue::~PlotQueue() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool PlotQueue::offer(PlotTask task) {
  {
    const std::lock_guard lock{mutex_};
    const bool full =
        !tasks_.empty() && (tasks_.size() >= most_tasks_ || bytes_ + task.bytes > most_bytes_);
    if (full || closed_) {
      ++summary_.skipped;
      return false;
    }
    bytes_ += task.bytes;
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
  return true;
}

void PlotQueue::leave_out(std::uint64_t slices) {
  const std::lock_guard lock{mutex_};
  summary_.left_out += slices;
}

void PlotQueue::draw_now(PlotTask task) {
  std::unique_lock lock{mutex_};
  task.bytes = 0;
  tasks_.push_front(std::move(task));
  draw_first(lock);
}

PlotSummary PlotQueue::summary() const {
  const std::lock_guard lock{mutex_};
  return summary_;
}

std::size_t PlotQueue::waiting() const {
  const std::lock_guard lock{mutex_};
  return tasks_.size();
}

void PlotQueue::run() {
  Clock::time_point rested = Clock::now() + pace_.before;
  std::unique_lock lock{mutex_};
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (stopping_) return;
    fetch_all(lock);
    if (tasks_.empty()) continue;
    const bool is_woken =
        changed_.wait_until(lock, rested, [this] { return stopping_ || is_half_full(); });
    if (is_woken && stopping_) return;
    const Clock::time_point began = Clock::now();
    draw_first(lock);
    const Clock::time_point ended = Clock::now();
    rested = ended + std::chrono::duration_cast<Clock::duration>(pace_.rests * (ended - began));
  }
}

bool PlotQueue::is_half_full() const {
  return 2 * tasks_.size() >= most_tasks_ || 2 * bytes_ >= most_bytes_;
}

// Only this thread takes tasks away or changes those that wait; others add some at the end.
void PlotQueue::fetch_all(std::unique_lock<std::mutex>& lock) {
  for (std::size_t i = 0; i < tasks_.size() && !stopping_;) {
    if (!tasks_[i].fetch) {
      ++i;
      continue;
    }
    const auto fetch = std::exchange(tasks_[i].fetch, nullptr);
    const std::string name = tasks_[i].name;
    lock.unlock();
    bool there = false;
    std::exception_ptr error;
    try {
      there = fetch();
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    if (there) {
      ++i;
      continue;
    }
    bytes_ -= tasks_[i].bytes;
    tasks_.erase(tasks_.begin() + static_cast<std::ptrdiff_t>(i));
    if (error != nullptr) {
      fail(name, sentence_of(error));
    } else {
      ++summary_.skipped;
    }
  }
}

void PlotQueue::draw_first(std::unique_lock<std::mutex>& lock) {
  PlotTask task = std::move(tasks_.front());
  tasks_.pop_front();
  lock.unlock();
  std::uint64_t pictures = 0;
  std::exception_ptr error;
  try {
    pictures = task.draw();
  } catch (...) {
    error = std::current_exception();
  }
  task.draw = nullptr;  // what it holds goes before its bytes are counted as free
  lock.lock();
  bytes_ -= task.bytes;
  if (error != nullptr) return fail(task.name, sentence_of(error));
  ++(pictures > 0 ? summary_.made : summary_.skipped);
  summary_.pictures += pictures;
}

// Called with the mutex held.
void PlotQueue::fail(const std::string& name, const std::string& reason) {
  if (++summary_.failed > most_logged) return;
  spdlog::warn("no plot of {}: {}{}", name, reason,
               summary_.failed == most_logged ? " (further ones are counted)" : "");
}

void PlotQueue::finish(const std::function<bool()>& give_up) {
  {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
  std::unique_lock lock{mutex_};
  stopping_ = false;
  fetch_all(lock);
  while (!tasks_.empty() && !give_up()) draw_first(lock);
  summary_.skipped += tasks_.size();
  tasks_.clear();
  bytes_ = 0;
}

}  // namespace draftstream
