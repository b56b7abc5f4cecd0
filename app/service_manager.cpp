#include "app/service_manager.hpp"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace draftstream {

bool knows_service_manager() noexcept {
  return true;
}

void tell_service_manager(const std::string& lines) noexcept {
  (void)::sd_notify(0, lines.c_str());  // whoever does not listen misses nothing
}

std::optional<std::chrono::microseconds> watchdog_time() {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::microseconds{microseconds};
}

std::vector<PassedSocket> take_passed_sockets() {
  char** names = nullptr;
  const int count = ::sd_listen_fds_with_names(1, &names);
  std::vector<PassedSocket> all;
  all.reserve(static_cast<std::size_t>(std::max(0, count)));
  for (int i = 0; i < count; ++i) {
    all.push_back({SD_LISTEN_FDS_START + i, names != nullptr ? names[i] : ""});
  }
  if (names != nullptr) {
    for (int i = 0; i < count; ++i) std::free(names[i]);
    std::free(names);
  }
  return all;
}

}  // namespace draftstream
