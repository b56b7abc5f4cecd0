// A fixed number of threads that share the iterations of a loop.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace draftstream {

/// Threads are started once. Which thread runs which iteration is not defined, so iterations must
/// not depend on each other.
///
/// Threads: for_each from one thread at a time.
class WorkerPool {
 public:
  /// @param threads  In all, the caller's included; 0 = one per core.
  explicit WorkerPool(unsigned threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  [[nodiscard]] std::size_t threads() const noexcept { return workers_.size() + 1; }

  /// Calls body(i, worker) for all i in [0, count), worker in [0, threads()); returns when all are
  /// done. Rethrows the first exception of any of them, after all have stopped.
  void for_each(std::size_t count,
                const std::function<void(std::size_t i, std::size_t worker)>& body);

 private:
  void work(std::size_t worker);
  void run_shares(std::size_t worker);

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable begin_;  // signalled by: for_each, the destructor
  std::condition_variable done_;   // signalled by: the last worker to leave a loop
  const std::function<void(std::size_t, std::size_t)>* body_ = nullptr;
  std::size_t count_ = 0;
  std::size_t next_ = 0;
  std::size_t busy_ = 0;  // workers in the loop; one that wakes up late is not waited for
  bool stop_ = false;
  std::exception_ptr error_;
};

}  // namespace draftstream
