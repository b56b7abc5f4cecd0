#include "app/gateway_config.hpp"

#include <fmt/format.h>

#include <chrono>
#include <set>
#include <utility>

#include "app/gateway_rules.hpp"
#include "app/gateway_targets.hpp"
#include "app/option_values.hpp"
#include "app/yaml_keys.hpp"
#include "ingest/parse_value.hpp"

namespace draftstream {
namespace {

std::chrono::milliseconds seconds_of(const YAML::Node& node) {
  return std::chrono::milliseconds{
      static_cast<std::int64_t>(parse_number(yaml_value(node), 0.001, 86'400.0) * 1e3)};
}

// Common to all kinds.
void add_common_keys(YamlKeys& keys, GatewayOptions& options, const std::string& file,
                     const std::string& place) {
  keys["name"] = [&](const YAML::Node& node) { options.name = parse_name(yaml_value(node)); };
  keys["kind"] = [](const YAML::Node&) {};  // it was asked for before
  keys["first_retry_s"] = [&](const YAML::Node& node) {
    options.patience.first_wait = seconds_of(node);
  };
  keys["longest_retry_s"] = [&](const YAML::Node& node) {
    options.patience.longest_wait = seconds_of(node);
  };
  keys["rules"] = [&, place](const YAML::Node& node) {
    read_gateway_rules(node, file, place + ".rules", options.rules);
  };
}

std::string kind_in(const YAML::Node& map, const std::string& file, const std::string& place) {
  const YAML::Node kind = map.IsMap() ? map["kind"] : YAML::Node{};
  if (map.IsMap() && kind && kind.IsScalar()) return kind.Scalar();
  throw yaml_fault(file, map.Mark(),
                   fmt::format("{}: found no kind, expected one of {}", place, gateway_kinds()));
}

GatewayOptions read_gateway(const YAML::Node& map, const std::string& file,
                            const std::string& place) {
  GatewayOptions options;
  YamlKeys keys;
  std::vector<std::string> required{"name", "kind"};
  try {
    add_target_keys(kind_in(map, file, place), options.target, keys, required);
  } catch (const BadValue& error) {
    throw yaml_fault(file, map["kind"].Mark(), fmt::format("{}.kind: {}", place, error.what()));
  }
  add_common_keys(keys, options, file, place);
  read_yaml_map(map, file, place, keys, required);
  try {
    check_target(options.target);
  } catch (const ConfigError& error) {
    throw yaml_fault(file, map.Mark(), fmt::format("{}: {}", place, error.what()));
  }
  return options;
}

void read_list(const YAML::Node& list, const std::string& file,
               std::vector<GatewayOptions>& gateways) {
  if (!list.IsSequence()) throw std::runtime_error("found no list, expected one of gateways");
  std::set<std::string> names;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string place = fmt::format("gateways[{}]", i);
    gateways.push_back(read_gateway(list[i], file, place));
    if (names.insert(gateways.back().name).second) continue;
    throw yaml_fault(file, list[i].Mark(),
                     fmt::format("{}.name: found '{}' again, expected each name once", place,
                                 gateways.back().name));
  }
}

}  // namespace

std::vector<GatewayOptions> read_gateways(std::string_view text, const std::string& name) {
  std::vector<GatewayOptions> gateways;
  read_yaml(text, name, [&](const YAML::Node& document) {
    const YamlKeys keys{
        {"gateways", [&](const YAML::Node& node) { read_list(node, name, gateways); }}};
    read_yaml_map(document, name, "the file", keys, {"gateways"});
  });
  return gateways;
}

std::vector<GatewayOptions> read_gateways_file(const std::string& path) {
  if (path.empty()) return {};
  return read_gateways(yaml_file_text(path), path);
}

}  // namespace draftstream
