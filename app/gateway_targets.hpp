// Private to app/: the keys of each kind of gateway.
#pragma once

#include <string>
#include <vector>

#include "app/yaml_keys.hpp"
#include "publishers/gateways/gateway_options.hpp"

namespace draftstream {

/// "webhook, voevent, ...".
[[nodiscard]] std::string gateway_kinds();

/// Makes a target of that kind, and adds the keys that fill it in.
/// @param target  Must outlive the keys.
/// @throws BadValue on a kind that does not exist.
void add_target_keys(const std::string& kind, GatewayTarget& target, YamlKeys& keys,
                     std::vector<std::string>& required);

/// What no single key can tell.
/// @throws ConfigError saying what was found and what was expected.
void check_target(const GatewayTarget& target);

}  // namespace draftstream
