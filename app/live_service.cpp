#include "app/live_service.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "app/service_manager.hpp"

namespace draftstream {
namespace {

using namespace std::chrono_literals;
using SecondsOfClock = std::chrono::duration<double>;

constexpr auto between_looks = 1s;
constexpr auto between_status = 2s;
constexpr auto rate_window = 10s;
constexpr auto last_grace = 5s;  // after the drain, before the process is ended

// Four signs of life in the watchdog's time, so that a late one is none too few.
std::chrono::microseconds interval(std::optional<std::chrono::microseconds> watchdog) {
  const std::chrono::microseconds longest = between_looks;
  return watchdog ? std::clamp<std::chrono::microseconds>(*watchdog / 4, 1ms, longest) : longest;
}

}  // namespace

std::string describe(const RunReport& report, double rate) {
  std::string line =
      fmt::format("observation {}, {:.3g} x real time, lag {:.1f} s, {} event{}, {} samples lost",
                  report.obs_id, rate, report.lag_s(), report.events, report.events == 1 ? "" : "s",
                  lost_samples(report.ledger()));
  const auto overload = report.overload();
  if (overload && !overload->left_out.empty()) {
    line += fmt::format(", leaving out: {}", fmt::join(overload->left_out, ", "));
  }
  return line;
}

LiveService::LiveService(const Interrupt& interrupt, RunMonitor& monitor,
                         std::chrono::seconds drain)
    : interrupt_{interrupt}, monitor_{monitor}, drain_{drain}, watchdog_{watchdog_time()} {
  thread_ = std::thread{[this] { run(); }};
  pthread_setname_np(thread_.native_handle(), "service");
}

LiveService::~LiveService() {
  {
    const std::lock_guard lock{mutex_};
    leaving_ = true;
  }
  left_.notify_all();
  thread_.join();
  if (!signalled_) tell_service_manager("STOPPING=1");
}

void LiveService::ready() {
  tell_service_manager("READY=1\nSTATUS=waiting for an observation");
}

void LiveService::reload(const std::function<void()>& read) {
  tell_service_manager("RELOADING=1");
  read();
  tell_service_manager("READY=1");
}

double LiveService::rate() const {
  const std::lock_guard lock{mutex_};
  return rate_;
}

std::vector<std::string> LiveService::stuck() const {
  const std::lock_guard lock{mutex_};
  return stuck_;
}

void LiveService::run() {
  const auto pause = interval(watchdog_);
  std::unique_lock lock{mutex_};
  while (!left_.wait_for(lock, pause, [this] { return leaving_; })) {
    lock.unlock();
    look(Clock::now());
    lock.lock();
  }
}

void LiveService::look(Clock::time_point now) {
  look_at_stages(now);
  const std::optional<RunReport> report = monitor_.report();
  note_rate(now, report);
  if (interrupt_.signal() != 0) {
    drain(now);
  } else if (now - status_told_ >= between_status) {
    status_told_ = now;
    tell_status(report);
  }
}

// Without a watchdog that would wait for signs of life, half a minute is what is worth a line.
void LiveService::look_at_stages(Clock::time_point now) {
  const auto bound = watchdog_ ? Clock::duration{*watchdog_ / 2} : Clock::duration{30s};
  std::vector<std::string> stuck = monitor_.stages().look(now, bound);
  if (stuck.empty() && watchdog_) tell_service_manager("WATCHDOG=1");
  const std::lock_guard lock{mutex_};
  if (stuck == stuck_) return;
  if (stuck.empty()) {
    spdlog::warn("no stage is stuck any more");
  } else {
    spdlog::error("stuck for {:.3g} s: {}{}", SecondsOfClock{bound}.count(), fmt::join(stuck, ", "),
                  watchdog_ ? "; the watchdog gets no sign of life while it is" : "");
  }
  stuck_ = std::move(stuck);
  status_told_ = {};  // worth a status at once
}

void LiveService::note_rate(Clock::time_point now, const std::optional<RunReport>& report) {
  if (!report) {
    rated_obs_id_.clear();
    return;
  }
  const std::lock_guard lock{mutex_};
  if (rated_obs_id_ != report->obs_id || report->data_s < rated_from_s_) {
    rated_obs_id_ = report->obs_id;
    rated_since_ = now;
    rated_from_s_ = report->data_s;
  }
  if (report->elapsed_s < SecondsOfClock{rate_window}.count()) {
    rate_ = report->elapsed_s > 0.0 ? report->data_s / report->elapsed_s : 0.0;
    return;
  }
  if (now - rated_since_ < rate_window) return;
  rate_ = (report->data_s - rated_from_s_) / SecondsOfClock{now - rated_since_}.count();
  rated_since_ = now;
  rated_from_s_ = report->data_s;
}

void LiveService::tell_status(const std::optional<RunReport>& report) {
  const std::vector<std::string> stuck = this->stuck();
  std::string status = report ? describe(*report, rate()) : "waiting for an observation";
  if (!stuck.empty()) status = fmt::format("stuck: {}; {}", fmt::join(stuck, ", "), status);
  tell_service_manager("STATUS=" + status);
}

void LiveService::drain(Clock::time_point now) {
  const bool is_first = !signalled_;
  if (is_first) signalled_ = now;
  const auto given_up = *signalled_ + drain_;
  const auto ended = given_up + last_grace;
  if (is_first) tell_service_manager("STOPPING=1\nSTATUS=searching what has arrived");
  if (now < ended) {
    const auto left = std::chrono::ceil<std::chrono::microseconds>(ended - now);
    tell_service_manager(fmt::format("EXTEND_TIMEOUT_USEC={}", left.count()));
  }
  if (now >= given_up && !abandoned_) {
    abandoned_ = true;
    spdlog::warn("{} s after {}: what is not searched yet is left", drain_.count(),
                 signal_name(interrupt_.signal()));
    monitor_.abandon();
  }
  if (now >= ended) {
    spdlog::error(
        "{} s after {}: the run does not come to an end, and is ended; its rows are whole",
        (drain_ + last_grace).count(), signal_name(interrupt_.signal()));
    std::_Exit(status_of_signal(interrupt_.signal()));
  }
}

}  // namespace draftstream
