// Names of topics and of the places they are found at.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "publishers/event.hpp"

namespace draftstream {

/// "frb.event.v1.<site>.b<beam, 4 digits>."; candidates, status and heartbeats likewise, updates
/// and retractions as events. It ends in a dot, so that beam 1 is no prefix of beam 10.
/// @param beam  Beams that are not known are called 0.
std::string topic_name(MessageType type, std::string_view site, std::optional<int> beam);

/// The topic that an event is published on: that of candidates for all that the prompt search
/// tells.
std::string topic_name(const Event& event);

/// The part of "site/instrument/instance" before the first slash.
std::string_view site_of(std::string_view publisher);

/// @throws ConfigError naming `option` unless `word` is 1 to 64 letters, digits, '-' or '_'.
void check_topic_word(std::string_view option, std::string_view word);

/// A ZeroMQ endpoint, taken apart.
struct Endpoint {
  enum class Transport { tcp, ipc };
  Transport transport = Transport::tcp;
  std::string host;  ///< tcp; IPv6 in brackets.
  int port = 0;      ///< tcp; 0 = any free one.
  std::string path;  ///< ipc.

  [[nodiscard]] std::string text() const;  ///< As ZeroMQ wants it.
  [[nodiscard]] bool loopback() const;     ///< Reached from this machine alone.

  /// Where replay requests are answered: one port higher, or PATH.replay.
  [[nodiscard]] Endpoint replay() const;
};

/// @param text  "tcp://HOST:PORT", port 0 or "*" for any free one; "ipc://PATH".
/// @throws ConfigError naming what was found and what was expected.
Endpoint parse_endpoint(std::string_view text);

}  // namespace draftstream
