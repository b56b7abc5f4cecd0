#include "app/yaml_text.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace draftstream {
namespace {

// A configuration is a page or two; what is longer is something else.
constexpr std::size_t longest_text = std::size_t{1} << 20;

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

ConfigError yaml_fault(const std::string& file, const YAML::Mark& mark, const std::string& what) {
  // A mark of yaml-cpp counts from 0, and is -1 where it does not know.
  return mark.line < 0 ? ConfigError{fmt::format("{}: {}", file, what)}
                       : ConfigError{fmt::format("{}:{}: {}", file, mark.line + 1, what)};
}

const char* yaml_kind(const YAML::Node& node) {
  if (node.IsMap()) return "a map";
  if (node.IsSequence()) return "a list";
  return "nothing";
}

std::string yaml_value(const YAML::Node& node) {
  if (!node.IsScalar()) {
    throw std::runtime_error(fmt::format("found {}, expected a value", yaml_kind(node)));
  }
  return node.Scalar();
}

std::vector<std::string> yaml_values(const YAML::Node& node) {
  if (!node.IsSequence()) return {yaml_value(node)};
  std::vector<std::string> values;
  for (const auto& one : node) values.push_back(yaml_value(one));
  return values;
}

void read_yaml(std::string_view text, const std::string& name,
               const std::function<void(const YAML::Node& document)>& read) {
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
      throw yaml_fault(name, second.begin, "found more after the first document, expected one");
    }
    read(YAML::Load(std::string{text}));
  } catch (const YAML::Exception& error) {
    throw yaml_fault(
        name, error.mark,
        fmt::format("found no YAML ({}), expected sections with their keys", error.msg));
  }
}

std::string yaml_file_text(const std::string& path) {
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
  return text;
}

}  // namespace draftstream
