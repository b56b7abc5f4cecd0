// Adds the time a scope takes to a sum.
#pragma once

#include <chrono>

namespace draftstream {

class Stopwatch {
 public:
  explicit Stopwatch(double& seconds) : seconds_{seconds} {}
  ~Stopwatch() {
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& seconds_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace draftstream
