// What systemd is told, and what it hands over.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace draftstream {

/// A socket that was open before this program: the service manager keeps it across restarts.
struct PassedSocket {
  int descriptor = -1;
  std::string name;  ///< FileDescriptorName= of the unit; "unknown" or "" without one.
};

/// Was this program built with libsystemd? Without it nobody is told anything, nothing is handed
/// over, and no watchdog is known of.
[[nodiscard]] bool knows_service_manager() noexcept;

/// Sends lines as sd_notify(3) has them, "READY=1\nSTATUS=waiting"; does nothing where nobody asked
/// for them ($NOTIFY_SOCKET).
///
/// Threads: any.
void tell_service_manager(const std::string& lines) noexcept;

/// The time within which a sign of life is wanted ($WATCHDOG_USEC); empty where none is.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_time();

/// The sockets that were handed over ($LISTEN_FDS), in the unit's order; their owner is the caller.
/// The variables are taken away, so that a second call gets none.
[[nodiscard]] std::vector<PassedSocket> take_passed_sockets();

}  // namespace draftstream
