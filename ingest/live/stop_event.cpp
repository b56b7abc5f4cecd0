#include "ingest/live/stop_event.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace draftstream {
namespace {

// Counts who waits.
class Waiting {
 public:
  explicit Waiting(std::atomic<int>& count) noexcept : count_{count} { ++count_; }
  ~Waiting() { --count_; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  std::atomic<int>& count_;
};
// For poll(), which counts in an int: -1 is for ever, and a long wait is made of several.
int wait_ms(std::chrono::steady_clock::time_point moment) {
  using Clock = std::chrono::steady_clock;
  if (moment == Clock::time_point::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(moment - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

}  // namespace

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
  return wait(descriptor, events, std::chrono::steady_clock::time_point::max()) == Waited::ready;
}

Waited StopEvent::wait(int descriptor, short events,
                       std::chrono::steady_clock::time_point moment) const {
  const Waiting waiting{waiting_};
  for (;;) {
    pollfd both[2] = {{event_.get(), POLLIN, 0}, {descriptor, events, 0}};
    if (::poll(both, 2, wait_ms(moment)) < 0) {
      if (errno == EINTR) continue;
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    if (both[0].revents != 0) return Waited::stopped;
    if (both[1].revents != 0) return Waited::ready;
    if (std::chrono::steady_clock::now() >= moment) return Waited::timed_out;
  }
}

bool StopEvent::wait_until(std::chrono::steady_clock::time_point moment) const {
  for (;;) {
    using std::chrono::nanoseconds;
    const nanoseconds left = moment - std::chrono::steady_clock::now();
    const auto wait = std::clamp<nanoseconds>(left, nanoseconds{0}, std::chrono::minutes{1});
    const auto whole = std::chrono::floor<std::chrono::seconds>(wait);
    const timespec longest{whole.count(), (wait - whole).count()};
    pollfd event{event_.get(), POLLIN, 0};
    if (::ppoll(&event, 1, &longest, nullptr) > 0) return false;
    if (std::chrono::steady_clock::now() >= moment) return true;
  }
}

}  // namespace draftstream
