#include "ingest/live/stop_event.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace draftstream {

StopEvent::StopEvent() : event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  if (!event_.is_open()) {
    throw std::system_error(errno, std::generic_category(), "an event to stop by");
  }
}

void StopEvent::stop() noexcept {
  const std::uint64_t one = 1;
  // Fails only where it was written 2^64 times before; then it is set, too.
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
}

bool StopEvent::stopped() const noexcept {
  pollfd event{event_.get(), POLLIN, 0};  // never read, so it stays set
  return ::poll(&event, 1, 0) > 0;
}

bool StopEvent::wait(int descriptor, short events) const {
  for (;;) {
    pollfd both[2] = {{event_.get(), POLLIN, 0}, {descriptor, events, 0}};
    if (::poll(both, 2, -1) < 0) {
      if (errno == EINTR) continue;
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    if (both[0].revents != 0) return false;
    if (both[1].revents != 0) return true;
  }
}

bool StopEvent::wait_until(std::chrono::steady_clock::time_point moment) const {
  for (;;) {
    const auto left = moment - std::chrono::steady_clock::now();
    const auto whole = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    pollfd event{event_.get(), POLLIN, 0};
    const auto longest = std::int64_t{60'000};  // poll() counts in an int
    const int wait_ms = static_cast<int>(std::clamp<std::int64_t>(whole, 0, longest));
    if (::poll(&event, 1, wait_ms) > 0) return false;
    if (std::chrono::steady_clock::now() >= moment) return true;
  }
}

}  // namespace draftstream
