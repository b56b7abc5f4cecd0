// Private to app/: the rules of a gateway, as an operator writes them.
#pragma once

#include <string>

#include "app/yaml_keys.hpp"
#include "publishers/gateways/event_rules.hpp"

namespace draftstream {

/// Reads a map of rules; docs/interfaces/gateways.md describes its keys.
/// @param place  "gateways[2].rules".
/// @throws ConfigError with file and line.
void read_gateway_rules(const YAML::Node& map, const std::string& file, const std::string& place,
                        EventRules& rules);

}  // namespace draftstream
