#include "app/topic_keys.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <string>

#include "ingest/errors.hpp"
#include "publishers/key_files.hpp"

namespace draftstream {

std::optional<TopicKeys> read_topic_keys(const Settings& settings) {
  if (settings.curve_key_file.empty() != settings.allow.empty()) {
    const bool has_key = settings.allow.empty();
    throw ConfigError(fmt::format(
        "publish.{}: found '{}' and no publish.{}, expected both or neither",
        has_key ? "curve_key" : "allow", has_key ? settings.curve_key_file : settings.allow,
        has_key ? "allow" : "curve_key"));
  }
  if (settings.allow.empty()) return std::nullopt;
  TopicKeys keys{read_key_pair(settings.curve_key_file), read_allowed_keys(settings.allow),
                 [](const std::string& text) { spdlog::warn("{}", text); }};
  if (keys.allowed.empty()) {
    spdlog::warn("{}: found no key (*.pub): nobody may listen", settings.allow);
  } else {
    spdlog::info("{}: {} may listen", settings.allow,
                 keys.allowed.size() == 1 ? "1 key" : fmt::format("{} keys", keys.allowed.size()));
  }
  return keys;
}

std::string describe(const KeyGate::Change& change) {
  return fmt::format("publish.allow: {} key{}, {} of them new, {} taken out{}", change.allowed,
                     change.allowed == 1 ? "" : "s", change.added, change.removed,
                     change.of_admitted ? "; all connections begin anew" : "");
}

}  // namespace draftstream
