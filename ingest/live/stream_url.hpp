// Where a stream of bytes comes from, or goes to, as the command line names it.
#pragma once

#include <string>
#include <string_view>

namespace draftstream {

enum class StreamKind {
  standard,    ///< "-": standard input, or output.
  file,        ///< "file:PATH"
  fifo,        ///< "fifo:PATH"
  tcp,         ///< "tcp://HOST:PORT": connects.
  tcp_listen,  ///< "tcp+listen://ADDRESS:PORT": is connected to.
};

struct StreamUrl {
  StreamKind kind = StreamKind::standard;
  std::string path;  ///< Of a file or FIFO.
  std::string host;  ///< A name or an address, without brackets; "" = all addresses (listen only).
  std::string port;  ///< A number; "0" = any that is free (listen only).
  std::string text;  ///< As it was given.
};

/// The forms above; an address of IPv6 stands in brackets, `*` means all addresses.
/// @throws ConfigError naming the URL, what was found and what was expected.
[[nodiscard]] StreamUrl parse_stream_url(std::string_view text);

}  // namespace draftstream
