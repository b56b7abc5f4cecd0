// Private to app/: maps of YAML whose keys are read one by one.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/yaml_text.hpp"

namespace draftstream {

/// What each key of a map does with its value; throws std::runtime_error saying what was found and
/// what was expected, or ConfigError with the place.
using YamlKeys = std::map<std::string, std::function<void(const YAML::Node& value)>, std::less<>>;

/// Reads a map, each key once.
/// @param place     In front of keys: "gateways[2]".
/// @param required  Keys that have to be there.
/// @throws ConfigError with file and line; an unknown key with the nearest known one.
void read_yaml_map(const YAML::Node& map, const std::string& file, const std::string& place,
                   const YamlKeys& keys, const std::vector<std::string>& required = {});

}  // namespace draftstream
