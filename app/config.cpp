#include "app/config.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <system_error>

#include "ingest/errors.hpp"
#include "ingest/nearest.hpp"
#include "ingest/parse_value.hpp"

namespace draftstream {
namespace {

// A configuration is a page or two; what is longer is something else.
constexpr std::size_t longest_text = std::size_t{1} << 20;

ConfigError fault(const std::string& file, const YAML::Mark& mark, const std::string& what) {
  // A mark of yaml-cpp counts from 0, and is -1 where it does not know.
  return mark.line < 0 ? ConfigError{fmt::format("{}: {}", file, what)}
                       : ConfigError{fmt::format("{}:{}: {}", file, mark.line + 1, what)};
}

const char* describe(const YAML::Node& node) {
  if (node.IsMap()) return "a map";
  if (node.IsSequence()) return "a list";
  return "nothing";
}

std::string scalar(const YAML::Node& node) {
  if (!node.IsScalar()) {
    throw std::runtime_error(fmt::format("found {}, expected a value", describe(node)));
  }
  return node.Scalar();
}

std::vector<std::string> values(const Option& option, const YAML::Node& node) {
  if (!option.repeatable || !node.IsSequence()) return {scalar(node)};
  std::vector<std::string> all;
  for (const auto& one : node) all.push_back(scalar(one));
  return all;
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
      throw fault(file, entry.first.Mark(),
                  fmt::format("unknown key {} in section '{}'; the nearest one is {}",
                              in_quotes(key), section, suggestion_for_key(section, key)));
    }
    if (!seen.insert(key).second) {
      throw fault(file, entry.first.Mark(),
                  fmt::format("{}.{}: found again, expected each key once", section, key));
    }
    try {
      option->set(settings, values(*option, entry.second));
    } catch (const std::runtime_error& error) {
      throw fault(file, entry.second.Mark(), fmt::format("{}.{}: {}", section, key, error.what()));
    }
  }
}

void read_document(const YAML::Node& document, const std::string& file, Settings& settings) {
  if (document.IsNull()) return;  // only comments
  if (!document.IsMap()) {
    throw fault(file, document.Mark(), "found no map, expected sections with their keys");
  }
  std::set<std::string> seen;
  for (const auto& entry : document) {
    const std::string section = entry.first.IsScalar() ? entry.first.Scalar() : "";
    if (!is_section(section)) {
      throw fault(file, entry.first.Mark(),
                  fmt::format("unknown section {}; the nearest one is {}", in_quotes(section),
                              suggestion_for_section(section)));
    }
    if (!seen.insert(section).second) {
      throw fault(file, entry.first.Mark(),
                  fmt::format("{}: found again, expected each section once", section));
    }
    if (entry.second.IsNull()) continue;  // a section whose keys are all commented out
    if (!entry.second.IsMap()) {
      throw fault(file, entry.second.Mark(),
                  fmt::format("{}: found {}, expected a map of its keys", section,
                              entry.second.IsScalar() ? in_quotes(entry.second.Scalar())
                                                      : describe(entry.second)));
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

// Goes through a document without keeping it; knows where it began.
class DocumentEnd : public YAML::EventHandler {
 public:
  YAML::Mark begin;

  void OnDocumentStart(const YAML::Mark& mark) override { begin = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

}  // namespace

void read_config(std::string_view text, const std::string& name, Settings& settings) {
  if (text.size() > longest_text) {
    throw ConfigError(fmt::format("{}: found {} bytes, expected a configuration of at most {}",
                                  name, text.size(), longest_text));
  }
  try {
    // Not LoadAll, which never returns from a text such as ",".
    std::istringstream stream{std::string{text}};
    YAML::Parser parser{stream};
    DocumentEnd first;
    DocumentEnd second;
    if (parser.HandleNextDocument(first) && parser.HandleNextDocument(second)) {
      throw fault(name, second.begin, "found more after the first document, expected one");
    }
    // Only a text that is right as a whole changes anything.
    Settings changed = settings;
    read_document(YAML::Load(std::string{text}), name, changed);
    settings = std::move(changed);
  } catch (const YAML::Exception& error) {
    throw fault(name, error.mark,
                fmt::format("found no YAML ({}), expected sections with their "
                            "keys",
                            error.msg));
  }
}

void read_config_file(const std::string& path, Settings& settings) {
  std::ifstream file{path, std::ios::binary};
  std::string text;
  if (file) {
    // One byte more than is allowed shows that there are too many.
    text.resize(longest_text + 1);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad()) {
    throw MissingInput(
        fmt::format("{}: cannot be read: {}", path, std::generic_category().message(errno)));
  }
  read_config(text, path, settings);
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
