// Private to app/: gateways in the log.
#pragma once

#include <vector>

#include "publishers/gateways/gateway_counts.hpp"
#include "publishers/gateways/gateway_runner.hpp"

namespace draftstream {

/// News of gateways as lines of the log.
[[nodiscard]] GatewayNews gateway_log();

/// What each did, a line each; those that have something waiting as warnings.
void log_gateways(const std::vector<GatewayCounts>& gateways);

}  // namespace draftstream
