#include "app/config.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <set>

#include "app/yaml_text.hpp"
#include "ingest/errors.hpp"
#include "ingest/nearest.hpp"
#include "ingest/parse_value.hpp"

namespace draftstream {
namespace {

std::vector<std::string> values(const Option& option, const YAML::Node& node) {
  return option.repeatable ? yaml_values(node) : std::vector{yaml_value(node)};
}

bool is_section(std::string_view name) {
  return std::any_of(options().begin(), options().end(),
                     [name](const Option& option) { return option.section == name; });
}

const Option* find_option(std::string_view section, std::string_view key) {
  const auto found = std::find_if(options().begin(), options().end(), [&](const Option& option) {
    return option.section == section && option.key == key;
  });
  return found == options().end() ? nullptr : &*found;
}

// What to write instead of a name that is neither a section nor, in this place, a key.
std::string suggestion_for_section(std::string_view name) {
  const Option& option = nearest_option("", name);
  std::vector<std::string_view> sections;
  for (const Option& one : options()) sections.push_back(one.section);
  const std::string_view section = nearest(name, sections);
  if (edit_distance(name, section) < edit_distance(name, option.key)) {
    return fmt::format("section '{}'", section);
  }
  return fmt::format("'{}' in section '{}'", option.key, option.section);
}

std::string suggestion_for_key(std::string_view section, std::string_view key) {
  const Option& option = nearest_option(section, key);
  return option.section == section
             ? fmt::format("'{}'", option.key)
             : fmt::format("'{}' in section '{}'", option.key, option.section);
}

void read_section(const std::string& section, const YAML::Node& map, const std::string& file,
                  Settings& settings) {
  std::set<std::string> seen;
  for (const auto& entry : map) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    const Option* option = find_option(section, key);
    if (option == nullptr) {
      throw yaml_fault(file, entry.first.Mark(),
                       fmt::format("unknown key {} in section '{}'; the nearest one is {}",
                                   in_quotes(key), section, suggestion_for_key(section, key)));
    }
    if (!seen.insert(key).second) {
      throw yaml_fault(file, entry.first.Mark(),
                       fmt::format("{}.{}: found again, expected each key once", section, key));
    }
    try {
      option->set(settings, values(*option, entry.second));
    } catch (const std::runtime_error& error) {
      throw yaml_fault(file, entry.second.Mark(),
                       fmt::format("{}.{}: {}", section, key, error.what()));
    }
  }
}

void read_document(const YAML::Node& document, const std::string& file, Settings& settings) {
  if (document.IsNull()) return;  // only comments
  if (!document.IsMap()) {
    throw yaml_fault(file, document.Mark(), "found no map, expected sections with their keys");
  }
  std::set<std::string> seen;
  for (const auto& entry : document) {
    const std::string section = entry.first.IsScalar() ? entry.first.Scalar() : "";
    if (!is_section(section)) {
      throw yaml_fault(file, entry.first.Mark(),
                       fmt::format("unknown section {}; the nearest one is {}", in_quotes(section),
                                   suggestion_for_section(section)));
    }
    if (!seen.insert(section).second) {
      throw yaml_fault(file, entry.first.Mark(),
                       fmt::format("{}: found again, expected each section once", section));
    }
    if (entry.second.IsNull()) continue;  // a section whose keys are all commented out
    if (!entry.second.IsMap()) {
      throw yaml_fault(file, entry.second.Mark(),
                       fmt::format("{}: found {}, expected a map of its keys", section,
                                   entry.second.IsScalar() ? in_quotes(entry.second.Scalar())
                                                           : yaml_kind(entry.second)));
    }
    read_section(section, entry.second, file, settings);
  }
}

// A scalar as YAML: in double quotes unless it is plainly a number or a word that means nothing
// else.
std::string yaml_scalar(const std::string& value) {
  const bool plain =
      !value.empty() && value != "null" && std::all_of(value.begin(), value.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
      });
  if (plain) return value;
  YAML::Emitter emitter;
  emitter << YAML::DoubleQuoted << value;
  return emitter.c_str();
}

std::string comment(const Option& option) {
  std::string line{option.help};
  if (!option.unit.empty()) line += fmt::format(" [{}]", option.unit);
  if (option.flag.empty()) return line;
  return line + fmt::format("; {}{}{}", option.flag, option.value.empty() ? "" : " ", option.value);
}

}  // namespace

void read_config(std::string_view text, const std::string& name, Settings& settings) {
  // Only a text that is right as a whole changes anything.
  Settings changed = settings;
  read_yaml(text, name,
            [&](const YAML::Node& document) { read_document(document, name, changed); });
  settings = std::move(changed);
}

void read_config_file(const std::string& path, Settings& settings) {
  read_config(yaml_file_text(path), path, settings);
}

std::string dump_config(const Settings& settings) {
  std::string out =
      "# All options of draftstream. Arguments go before keys, keys before defaults.\n";
  std::string_view section;
  for (const Option& option : options()) {
    if (option.section != section) {
      section = option.section;
      out += fmt::format("\n{}:\n", section);
    }
    out += fmt::format("  # {}\n  {}:", comment(option), option.key);
    const auto texts = option.show(settings);
    if (option.repeatable) {
      out += texts.empty() ? " []\n" : "\n";
      for (const auto& one : texts) out += fmt::format("    - {}\n", yaml_scalar(one));
    } else {
      out += fmt::format(" {}\n", yaml_scalar(texts.front()));
    }
  }
  return out;
}

}  // namespace draftstream
