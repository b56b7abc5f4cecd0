#include "engine/worker_pool.hpp"

#include <algorithm>

namespace draftstream {

WorkerPool::WorkerPool(unsigned threads) {
  const unsigned all = threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
  workers_.reserve(all - 1);
  for (std::size_t worker = 1; worker < all; ++worker) {
    workers_.emplace_back([this, worker] { work(worker); });
  }
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock{mutex_};
    stop_ = true;
  }
  begin_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void WorkerPool::for_each(std::size_t count,
                          const std::function<void(std::size_t, std::size_t)>& body) {
  {
    const std::lock_guard lock{mutex_};
    body_ = &body;
    count_ = count;
    next_ = 0;
    error_ = nullptr;
  }
  begin_.notify_all();
  run_shares(0);
  std::unique_lock lock{mutex_};
  done_.wait(lock, [this] { return busy_ == 0; });
  if (error_) std::rethrow_exception(error_);
}

void WorkerPool::work(std::size_t worker) {
  std::unique_lock lock{mutex_};
  for (;;) {
    begin_.wait(lock, [this] { return stop_ || next_ < count_; });
    if (stop_) return;
    ++busy_;
    lock.unlock();
    run_shares(worker);
    lock.lock();
    if (--busy_ == 0) done_.notify_one();
  }
}

void WorkerPool::run_shares(std::size_t worker) {
  for (;;) {
    std::size_t i = 0;
    {
      const std::lock_guard lock{mutex_};
      if (next_ >= count_) return;
      i = next_++;
    }
    try {
      (*body_)(i, worker);
    } catch (...) {
      const std::lock_guard lock{mutex_};
      if (!error_) error_ = std::current_exception();
      next_ = count_;  // no new shares
    }
  }
}

}  // namespace draftstream
