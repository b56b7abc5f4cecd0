#include "app/gateway_targets.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "app/option_values.hpp"
#include "ingest/parse_value.hpp"
#include "publishers/secret_file.hpp"

namespace draftstream {
namespace {

using Reader = std::function<void(const YAML::Node& value)>;

constexpr std::string_view kinds[] = {"webhook", "voevent", "voevent_server", "kafka", "tns"};

Reader text_into(std::string& value) {
  return [&value](const YAML::Node& node) { value = yaml_value(node); };
}

// Of what must not be empty.
Reader word_into(std::string& value, const char* expected) {
  return [&value, expected](const YAML::Node& node) {
    value = yaml_value(node);
    if (value.empty()) throw BadValue(value, expected);
  };
}

Reader secret_into(std::string& value) {
  return [&value](const YAML::Node& node) { value = read_secret(yaml_value(node)); };
}

// Of what a key and a file may give. Neither is repeated.
Reader once_into(std::string& value, const Reader& read) {
  return [&value, read](const YAML::Node& node) {
    if (!value.empty()) throw std::runtime_error("found url and url_file, expected one of them");
    read(node);
  };
}

Reader topic_into(std::string& value) {
  return [&value](const YAML::Node& node) {
    value = yaml_value(node);
    constexpr std::size_t longest = 249;
    const bool is_one =
        !value.empty() && value.size() <= longest &&
        std::all_of(value.begin(), value.end(), [](unsigned char c) {
          return c < 0x80 && (std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-');
        });
    if (!is_one) throw BadValue(value, "1 to 249 letters, digits, '.', '_' and '-'");
  };
}

Reader seconds_into(std::chrono::milliseconds& value) {
  return [&value](const YAML::Node& node) {
    value = std::chrono::milliseconds{
        static_cast<std::int64_t>(parse_number(yaml_value(node), 0.1, 3600.0) * 1e3)};
  };
}

Reader number_into(std::optional<double>& value, double low, double high) {
  return [&value, low, high](const YAML::Node& node) {
    value = parse_number(yaml_value(node), low, high);
  };
}

Reader id_into(std::optional<std::uint64_t>& value) {
  return
      [&value](const YAML::Node& node) { value = parse_count(yaml_value(node), 0, 1'000'000'000); };
}

Reader ivorn_into(std::string& value) {
  return [&value](const YAML::Node& node) {
    const std::string text = yaml_value(node);
    const auto slash = text.find('/', 6);
    const bool is_one = text.starts_with("ivo://") && slash != std::string::npos && slash > 6 &&
                        slash + 1 < text.size() && text.find_first_of("# \t") == std::string::npos;
    if (!is_one) throw BadValue(text, "ivo://AUTHORITY/STREAM, without '#'");
    value = text;
  };
}

void add_author_keys(VoeventAuthor& author, YamlKeys& keys) {
  keys["ivorn"] = ivorn_into(author.ivorn);
  keys["contact_name"] = text_into(author.contact_name);
  keys["contact_email"] = text_into(author.contact_email);
  keys["position_error_deg"] = number_into(author.position_error_deg, 0.0, 180.0);
  keys["beam_semi_major_arcmin"] = number_into(author.beam_semi_major_arcmin, 0.0, 10'800.0);
  keys["beam_semi_minor_arcmin"] = number_into(author.beam_semi_minor_arcmin, 0.0, 10'800.0);
  keys["beam_rotation_deg"] = number_into(author.beam_rotation_deg, -360.0, 360.0);
  keys["gain_k_jy"] = number_into(author.gain_k_jy, 0.0, 1e6);
  keys["tsys_k"] = number_into(author.tsys_k, 0.0, 1e6);
}

void add_keys(WebhookOptions& options, YamlKeys& keys, std::vector<std::string>&) {
  keys["url"] = once_into(options.url, text_into(options.url));
  keys["url_file"] = once_into(options.url, secret_into(options.url));
  keys["secret_file"] = secret_into(options.secret);
  keys["timeout_s"] = seconds_into(options.timeout);
  keys["body"] = [&](const YAML::Node& node) {
    constexpr std::string_view bodies[] = {"event", "slack"};
    options.body = parse_choice(yaml_value(node), bodies, "event or slack") == "slack"
                       ? WebhookBody::slack
                       : WebhookBody::event;
  };
}

void add_keys(VtpAuthorOptions& options, YamlKeys& keys, std::vector<std::string>& required) {
  keys["broker"] = text_into(options.broker);
  keys["timeout_s"] = seconds_into(options.timeout);
  add_author_keys(options.author, keys);
  required.insert(required.end(), {"broker", "ivorn"});
}

void add_keys(VtpBrokerOptions& options, YamlKeys& keys, std::vector<std::string>& required) {
  keys["serve_at"] = text_into(options.serve_at);
  keys["most_subscribers"] = [&](const YAML::Node& node) {
    options.most_subscribers = parse_count(yaml_value(node), 1, 1000);
  };
  add_author_keys(options.author, keys);
  required.insert(required.end(), {"serve_at", "ivorn"});
}

// "name = value" or "name=value", a line each, as files of Kafka's own programs are.
void read_settings_file(const std::string& file, std::map<std::string, std::string>& settings) {
  std::istringstream lines{read_secret(file)};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos || line[first] == '#') continue;
    const auto equals = line.find('=', first);
    if (equals == std::string::npos) {
      throw ConfigError(fmt::format("{}:{}: found no '=', expected NAME=VALUE", file, number));
    }
    const auto name_end = line.find_last_not_of(" \t", equals - (equals > first ? 1 : 0));
    const auto value = line.find_first_not_of(" \t", equals + 1);
    const auto end = line.find_last_not_of(" \t\r");
    settings[line.substr(first, name_end + 1 - first)] =
        value == std::string::npos || value > end ? "" : line.substr(value, end + 1 - value);
  }
}

void add_keys(KafkaOptions& options, YamlKeys& keys, std::vector<std::string>& required) {
  keys["brokers"] = word_into(options.brokers, "HOST:PORT,HOST:PORT,...");
  keys["topic"] = topic_into(options.topic);
  keys["schema"] = word_into(options.format.schema, "the address of a schema");
  keys["position_error_deg"] = number_into(options.format.position_error_deg, 0.0, 180.0);
  keys["timeout_s"] = seconds_into(options.timeout);
  keys["settings_file"] = [&](const YAML::Node& node) {
    read_settings_file(yaml_value(node), options.settings);
  };
  keys["settings"] = [&](const YAML::Node& node) {
    if (!node.IsMap()) throw std::runtime_error("found no map, expected settings of librdkafka");
    for (const auto& one : node) options.settings[yaml_value(one.first)] = yaml_value(one.second);
  };
  required.insert(required.end(), {"brokers", "topic"});
}

void add_keys(TnsOptions& options, YamlKeys& keys, std::vector<std::string>& required) {
  keys["folder"] = [&](const YAML::Node& node) {
    options.folder = yaml_value(node);
    if (options.folder.empty()) throw BadValue("", "a folder");
  };
  keys["reporter"] = word_into(options.reporter, "NAME (INSTITUTE)");
  keys["position_error_deg"] = number_into(options.position_error_deg, 0.0, 180.0);
  keys["reporting_group_id"] = id_into(options.reporting_group_id);
  keys["discovery_group_id"] = id_into(options.discovery_group_id);
  keys["instrument_id"] = id_into(options.instrument_id);
  required.insert(required.end(), {"folder", "reporter"});
}

GatewayTarget target_of(const std::string& kind) {
  if (kind == "voevent") return VtpAuthorOptions{};
  if (kind == "voevent_server") return VtpBrokerOptions{};
  if (kind == "kafka") return KafkaOptions{};
  if (kind == "tns") return TnsOptions{};
  return WebhookOptions{};
}

}  // namespace

std::string gateway_kinds() {
  return fmt::format("{}", fmt::join(kinds, ", "));
}

void add_target_keys(const std::string& kind, GatewayTarget& target, YamlKeys& keys,
                     std::vector<std::string>& required) {
  target = target_of(parse_choice(kind, kinds, "one of " + gateway_kinds()));
  std::visit([&](auto& options) { add_keys(options, keys, required); }, target);
}

void check_target(const GatewayTarget& target) {
  const auto* webhook = std::get_if<WebhookOptions>(&target);
  if (webhook == nullptr) return;
  if (webhook->url.empty()) {
    throw ConfigError("found neither url nor url_file, expected one of them");
  }
  if (!is_url_of_http(webhook->url)) {  // which may be a secret
    throw ConfigError("url: found one that is not of HTTP, expected http://... or https://...");
  }
}

}  // namespace draftstream
