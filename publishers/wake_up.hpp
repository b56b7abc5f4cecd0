// Private to publishers/: ends the waiting of a thread that polls sockets.
#pragma once

namespace draftstream {

/// Wakes a thread that waits on sockets.
///
/// Threads: any may signal.
class WakeUp {
 public:
  WakeUp();
  ~WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  void signal() noexcept;
  void clear() noexcept;
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace draftstream
