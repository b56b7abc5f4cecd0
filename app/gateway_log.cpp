#include "app/gateway_log.hpp"

#include <spdlog/spdlog.h>

namespace draftstream {

GatewayNews gateway_log() {
  return {[](const std::string& text) { spdlog::info("{}", text); },
          [](const std::string& text) { spdlog::warn("{}", text); }};
}

void log_gateways(const std::vector<GatewayCounts>& gateways) {
  for (const GatewayCounts& gateway : gateways) {
    const bool is_behind = gateway.waiting > 0 || !gateway.fault.empty();
    spdlog::log(is_behind ? spdlog::level::warn : spdlog::level::info, "{}", describe(gateway));
  }
}

}  // namespace draftstream
