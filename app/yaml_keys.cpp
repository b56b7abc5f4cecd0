#include "app/yaml_keys.hpp"

#include <fmt/format.h>

#include <set>
#include <stdexcept>
#include <string_view>

#include "ingest/nearest.hpp"

namespace draftstream {
namespace {

std::string nearest_key(const std::string& name, const YamlKeys& keys) {
  std::vector<std::string_view> names;
  for (const auto& [key, read] : keys) names.push_back(key);
  return std::string{nearest(name, names)};
}

}  // namespace

void read_yaml_map(const YAML::Node& map, const std::string& file, const std::string& place,
                   const YamlKeys& keys, const std::vector<std::string>& required) {
  if (!map.IsMap()) {
    throw yaml_fault(file, map.Mark(),
                     fmt::format("{}: found {}, expected a map of keys", place,
                                 map.IsScalar() ? in_quotes(map.Scalar()) : yaml_kind(map)));
  }
  std::set<std::string> seen;
  for (const auto& entry : map) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    const auto found = keys.find(key);
    if (found == keys.end()) {
      throw yaml_fault(file, entry.first.Mark(),
                       fmt::format("{}: unknown key {}; the nearest one is '{}'", place,
                                   in_quotes(key), nearest_key(key, keys)));
    }
    if (!seen.insert(key).second) {
      throw yaml_fault(file, entry.first.Mark(),
                       fmt::format("{}.{}: found again, expected each key once", place, key));
    }
    try {
      found->second(entry.second);
    } catch (const ConfigError&) {
      throw;  // it has its place
    } catch (const std::runtime_error& error) {
      throw yaml_fault(file, entry.second.Mark(),
                       fmt::format("{}.{}: {}", place, key, error.what()));
    }
  }
  for (const std::string& key : required) {
    if (seen.count(key) != 0) continue;
    throw yaml_fault(file, map.Mark(), fmt::format("{}: found no '{}', expected one", place, key));
  }
}

}  // namespace draftstream
