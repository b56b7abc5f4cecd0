// Private to publishers/page/: the threads that answer, as many as there are at first.
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace draftstream {

/// Connections wait their turn, some here and the rest with the system, which turns away what is
/// too much: so nobody outside can make this program grow.
///
/// Threads: any.
class BoundedPool : public httplib::TaskQueue {
 public:
  BoundedPool(std::size_t threads, std::size_t most_waiting);
  BoundedPool(const BoundedPool&) = delete;
  BoundedPool& operator=(const BoundedPool&) = delete;

  /// Waits while too many wait.
  void enqueue(std::function<void()> task) override;
  /// What waits is still done.
  void shutdown() override;

 private:
  void work();

  const std::size_t most_waiting_;
  std::mutex mutex_;  // guards what follows
  std::deque<std::function<void()>> tasks_;
  bool leaving_ = false;
  std::condition_variable came_;   // signalled by: enqueue, shutdown
  std::condition_variable taken_;  // signalled by: work, shutdown
  std::vector<std::thread> threads_;
};

}  // namespace draftstream
