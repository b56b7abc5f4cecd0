#include "publishers/page/bounded_pool.hpp"

#include <pthread.h>

#include <utility>

namespace draftstream {

BoundedPool::BoundedPool(std::size_t threads, std::size_t most_waiting)
    : most_waiting_{most_waiting} {
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { work(); });
    pthread_setname_np(threads_.back().native_handle(), "http");
  }
}

void BoundedPool::enqueue(std::function<void()> task) {
  std::unique_lock lock{mutex_};
  taken_.wait(lock, [this] { return leaving_ || tasks_.size() < most_waiting_; });
  tasks_.push_back(std::move(task));
  came_.notify_one();
}

void BoundedPool::shutdown() {
  {
    const std::lock_guard lock{mutex_};
    leaving_ = true;
  }
  came_.notify_all();
  taken_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void BoundedPool::work() {
  std::unique_lock lock{mutex_};
  while (true) {
    came_.wait(lock, [this] { return leaving_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    taken_.notify_one();
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace draftstream
