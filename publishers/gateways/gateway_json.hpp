// What gateways did, as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "publishers/gateways/gateway_counts.hpp"

namespace draftstream {

/// An array, an object a gateway; docs/interfaces/gateways.md has its fields.
[[nodiscard]] nlohmann::ordered_json gateways_json(const std::vector<GatewayCounts>& gateways);

}  // namespace draftstream
