#include "ingest/live/open_live_source.hpp"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/live/byte_streams.hpp"
#include "ingest/live/dada_source.hpp"
#include "ingest/live/packet_source.hpp"
#include "ingest/live/packet_url.hpp"
#include "ingest/live/stream_source.hpp"
#include "ingest/live/stream_url.hpp"

namespace draftstream {
namespace {

bool is_of_dada(const std::string& url) {
  return url.starts_with("dada:");
}

StreamUrl stream_url(const std::string& url) {
  try {
    return parse_stream_url(url);
  } catch (const ConfigError& error) {
    throw ConfigError(fmt::format("{}, or dada:KEYHEX, or udp+KIND://ADDRESS:PORT", error.what()));
  }
}

DadaAddress dada_address(const std::string& url) {
  try {
    return parse_dada_address(url);
  } catch (const std::invalid_argument& error) {
    throw ConfigError(fmt::format("URL {}", error.what()));
  }
}

}  // namespace

void check_live_url(const std::string& url) {
  if (is_of_dada(url)) {
    (void)dada_address(url);
  } else if (is_packet_url(url)) {
    check_packet_source(parse_packet_url(url));
  } else {
    (void)stream_url(url);
  }
}

std::unique_ptr<LiveSource> open_live_source(const std::string& url, LiveOptions options) {
  if (is_of_dada(url)) {
    if (options.socket) throw ConfigError(fmt::format("{}: {}", url, no_use_for_socket));
    try {
      return std::make_unique<DadaSource>(dada_address(url), std::move(options));
    } catch (const TryAgain& error) {
      throw TryAgain(fmt::format("{}: {}", url, error.what()));
    }
  }
  if (is_packet_url(url)) {
    return std::make_unique<PacketSource>(parse_packet_url(url), std::move(options));
  }
  return make_stream_source(stream_url(url), std::move(options));
}

}  // namespace draftstream
