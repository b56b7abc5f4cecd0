// A live run in the hands of those who operate it: service manager, signals, control.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/announcer.hpp"
#include "app/control_requests.hpp"
#include "app/interrupt.hpp"
#include "app/live_service.hpp"
#include "app/live_settings.hpp"
#include "app/run_monitor.hpp"
#include "publishers/control_socket.hpp"
#include "publishers/topic_publisher.hpp"

namespace draftstream {

/// Takes SIGHUP and answers at the control endpoint while it lives.
class LiveOperation {
 public:
  /// @param interrupt, settings  Must outlive this.
  /// @param url  Of the stream, as status tells it.
  /// @param announcer  Whose keys a reload takes anew, and whose gateways status tells of; outlives
  ///                   this.
  /// @throws ConfigError if the control endpoint cannot be used.
  LiveOperation(Interrupt& interrupt, LiveSettings& settings, const std::string& url,
                const Announcer& announcer);
  ~LiveOperation();
  LiveOperation(const LiveOperation&) = delete;
  LiveOperation& operator=(const LiveOperation&) = delete;

  /// The source is open: whoever started the process is told, and SIGHUP is taken.
  void ready();
  [[nodiscard]] RunMonitor& monitor() noexcept { return monitor_; }
  [[nodiscard]] double rate() const { return service_.rate(); }  ///< LiveService::rate().
  [[nodiscard]] std::vector<std::string> stuck() const { return service_.stuck(); }

 private:
  void reload();

  Interrupt& interrupt_;
  LiveSettings& settings_;
  TopicPublisher* const topic_;
  RunMonitor monitor_;
  LiveService service_;
  ControlRequests requests_;
  std::optional<ControlSocket> control_;  // last: it uses all of the above
};

/// Where nobody looks at a terminal, SIGHUP is the order to reload; at one it ends the run as ever.
[[nodiscard]] Interrupt::Hangup hangup_of_live();

/// The socket that the service manager kept for this stream, if it did; the caller owns it.
/// @throws ConfigError if it handed over several.
[[nodiscard]] std::optional<int> take_stream_socket();

}  // namespace draftstream
