#include "app/interrupt.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace draftstream {
namespace {

sigset_t watched(Interrupt::Hangup hangup) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  if (hangup == Interrupt::Hangup::is_told) sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

Interrupt::Interrupt(Hangup hangup) : hangup_{hangup} {
  const sigset_t set = watched(hangup_);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC);
  leave_ = ::eventfd(0, EFD_CLOEXEC);
  if (signals_ < 0 || leave_ < 0) {
    throw std::system_error(errno, std::generic_category(), "signals cannot be watched");
  }
  thread_ = std::thread{[this] { watch(); }};
  pthread_setname_np(thread_.native_handle(), "signals");
}

Interrupt::~Interrupt() {
  const std::uint64_t one = 1;
  // An eventfd that was never written to takes the write.
  [[maybe_unused]] const auto written = ::write(leave_, &one, sizeof one);
  thread_.join();
  ::close(signals_);
  ::close(leave_);
  const sigset_t set = watched(hangup_);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void Interrupt::on_signal(std::function<void()> action) {
  const std::lock_guard lock{mutex_};
  action_ = std::move(action);
  if (signal_ != 0 && action_) action_();
}

void Interrupt::on_hangup(std::function<void()> action) {
  const std::lock_guard lock{mutex_};
  hangup_action_ = std::move(action);
}

void Interrupt::watch() {
  for (;;) {
    pollfd both[2] = {{signals_, POLLIN, 0}, {leave_, POLLIN, 0}};
    if (::poll(both, 2, -1) < 0) continue;  // EINTR
    if (both[1].revents != 0) return;
    signalfd_siginfo info{};
    if (::read(signals_, &info, sizeof info) != sizeof info) continue;
    const int number = static_cast<int>(info.ssi_signo);
    if (number == SIGHUP) {
      const std::lock_guard lock{mutex_};
      if (hangup_action_) hangup_action_();
      continue;
    }
    // Results are appended in whole records, so leaving at once spoils none.
    if (signal_ != 0) std::_Exit(status_of_signal(number));
    const std::lock_guard lock{mutex_};
    signal_ = number;
    if (action_) action_();
  }
}

const char* signal_name(int signal) noexcept {
  return signal == SIGTERM ? "SIGTERM" : "SIGINT";
}

}  // namespace draftstream
