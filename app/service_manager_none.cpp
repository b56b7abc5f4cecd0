// In place of service_manager.cpp where there is no libsystemd.
#include "app/service_manager.hpp"

namespace draftstream {

bool knows_service_manager() noexcept {
  return false;
}

void tell_service_manager(const std::string& /*lines*/) noexcept {}

std::optional<std::chrono::microseconds> watchdog_time() {
  return std::nullopt;
}

std::vector<PassedSocket> take_passed_sockets() {
  return {};
}

}  // namespace draftstream
