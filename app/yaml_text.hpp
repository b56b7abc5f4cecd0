// Private to app/: YAML from files of operators, and what is wrong with it.
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/errors.hpp"

namespace draftstream {

/// "FILE:LINE: what".
[[nodiscard]] ConfigError yaml_fault(const std::string& file, const YAML::Mark& mark,
                                     const std::string& what);

/// "a map", "a list", "nothing".
[[nodiscard]] const char* yaml_kind(const YAML::Node& node);

/// The text of a scalar.
/// @throws std::runtime_error "found a map, expected a value"
[[nodiscard]] std::string yaml_value(const YAML::Node& node);

/// The values of a list, or the only one of a scalar.
/// @throws std::runtime_error if it is a map, or holds lists or maps.
[[nodiscard]] std::vector<std::string> yaml_values(const YAML::Node& node);

/// Hands out the only document of a text.
/// @param name  Of the file, for messages.
/// @throws ConfigError if it is no YAML, too long, or holds several.
void read_yaml(std::string_view text, const std::string& name,
               const std::function<void(const YAML::Node& document)>& read);

/// A file, as far as it is worth reading: what is too long for read_yaml() is cut one byte later.
/// @throws MissingInput if it cannot be read.
[[nodiscard]] std::string yaml_file_text(const std::string& path);

}  // namespace draftstream
