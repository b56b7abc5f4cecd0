#include "publishers/topic.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

std::string_view topic_kind(MessageType type) {
  switch (type) {
    case MessageType::candidate:
      return "candidate";
    case MessageType::event:
    case MessageType::update:
    case MessageType::retraction:
      return "event";
    case MessageType::status:
      return "status";
    case MessageType::heartbeat:
      return "heartbeat";
  }
  return "event";
}

ConfigError bad_endpoint(std::string_view text, std::string_view found) {
  return ConfigError{
      fmt::format("endpoint '{}': found {}, expected tcp://HOST:PORT with PORT 1 to 65534 "
                  "(or * for any free one), or ipc://PATH",
                  text, found)};
}

}  // namespace

std::string topic_name(MessageType type, std::string_view site, std::optional<int> beam) {
  return fmt::format("frb.{}.v1.{}.b{:04d}.", topic_kind(type), site, beam.value_or(0));
}

std::string topic_name(const Event& event) {
  const bool is_prompt = event.search == SearchKind::prompt;
  return topic_name(is_prompt ? MessageType::candidate : event.message_type,
                    site_of(event.publisher), event.beam.index);
}

std::string_view site_of(std::string_view publisher) {
  return publisher.substr(0, publisher.find('/'));
}

void check_topic_word(std::string_view option, std::string_view word) {
  constexpr std::size_t longest = 64;
  const bool good = !word.empty() && word.size() <= longest &&
                    std::all_of(word.begin(), word.end(), [](char character) {
                      return std::isalnum(static_cast<unsigned char>(character)) != 0 ||
                             character == '-' || character == '_';
                    });
  if (!good) {
    throw ConfigError(fmt::format("{}: found '{}', expected 1 to {} letters, digits, '-' or '_'",
                                  option, word, longest));
  }
}

std::string Endpoint::text() const {
  if (transport == Transport::ipc) return "ipc://" + path;
  return fmt::format("tcp://{}:{}", host, port == 0 ? "*" : std::to_string(port));
}

bool Endpoint::loopback() const {
  return transport == Transport::ipc || host == "localhost" || host == "lo" || host == "[::1]" ||
         (host.starts_with("127.") && std::all_of(host.begin(), host.end(), [](char character) {
            return character == '.' || std::isdigit(static_cast<unsigned char>(character)) != 0;
          }));
}

Endpoint Endpoint::replay() const {
  Endpoint beside = *this;
  if (transport == Transport::ipc) {
    beside.path += ".replay";
  } else {
    beside.port += 1;
  }
  return beside;
}

Endpoint parse_endpoint(std::string_view text) {
  constexpr std::string_view tcp = "tcp://";
  constexpr std::string_view ipc = "ipc://";
  Endpoint endpoint;
  if (text.starts_with(ipc)) {
    endpoint.transport = Endpoint::Transport::ipc;
    endpoint.path = text.substr(ipc.size());
    if (endpoint.path.empty()) throw bad_endpoint(text, "no path");
    return endpoint;
  }
  if (!text.starts_with(tcp)) throw bad_endpoint(text, "another scheme");

  const std::string_view address = text.substr(tcp.size());
  const auto colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0) throw bad_endpoint(text, "no HOST:PORT");
  endpoint.host = address.substr(0, colon);
  const std::string_view port = address.substr(colon + 1);
  if (port == "*") return endpoint;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  constexpr int highest = 65534;  // the next one is for replay requests
  if (error != std::errc{} || end != port.data() + port.size() || endpoint.port < 0 ||
      endpoint.port > highest) {
    throw bad_endpoint(text, fmt::format("port '{}'", port));
  }
  return endpoint;
}

}  // namespace draftstream
