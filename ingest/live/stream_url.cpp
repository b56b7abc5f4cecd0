#include "ingest/live/stream_url.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

constexpr std::string_view forms =
    "-, file:PATH, fifo:PATH, tcp://HOST:PORT or tcp+listen://ADDRESS:PORT";

ConfigError bad_url(std::string_view url, std::string_view found, std::string_view expected) {
  return ConfigError(fmt::format("URL '{}': found {}, expected {}", url, found, expected));
}

bool cut(std::string_view& text, std::string_view front) {
  if (!text.starts_with(front)) return false;
  text.remove_prefix(front.size());
  return true;
}

void read_address(std::string_view address, StreamUrl& url) {
  const auto colon = address.rfind(':');
  if (colon == std::string_view::npos) throw bad_url(url.text, "no port", "HOST:PORT");
  std::string_view host = address.substr(0, colon);
  const std::string_view port = address.substr(colon + 1);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const unsigned lowest = url.kind == StreamKind::tcp_listen ? 0 : 1;
  if (error != std::errc{} || end != port.data() + port.size() || number < lowest ||
      number > 65535) {
    throw bad_url(url.text, fmt::format("port '{}'", port), fmt::format("{} to 65535", lowest));
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    throw bad_url(url.text, fmt::format("host '{}'", host), "an address of IPv6 in brackets");
  }
  if (url.kind == StreamKind::tcp_listen && host == "*") host = "";
  if (url.kind == StreamKind::tcp && host.empty()) throw bad_url(url.text, "no host", "HOST:PORT");
  url.host = host;
  url.port = fmt::format("{}", number);
}

}  // namespace

StreamUrl parse_stream_url(std::string_view text) {
  StreamUrl url;
  url.text = text;
  std::string_view rest = text;
  if (rest == "-") return url;
  if (cut(rest, "file:") || cut(rest, "fifo:")) {
    url.kind = text.starts_with("file:") ? StreamKind::file : StreamKind::fifo;
    if (rest.empty() || rest.find('\0') != std::string_view::npos) {
      throw bad_url(text, "no path", "file:PATH or fifo:PATH");
    }
    url.path = rest;
    return url;
  }
  if (cut(rest, "tcp://")) {
    url.kind = StreamKind::tcp;
  } else if (cut(rest, "tcp+listen://")) {
    url.kind = StreamKind::tcp_listen;
  } else {
    throw bad_url(text, "no such form", forms);
  }
  read_address(rest, url);
  return url;
}

}  // namespace draftstream
