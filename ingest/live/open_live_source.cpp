#include "ingest/live/open_live_source.hpp"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/live/dada_source.hpp"
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
    throw ConfigError(fmt::format("{}, or dada:KEYHEX", error.what()));
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
  } else {
    (void)stream_url(url);
  }
}

std::unique_ptr<LiveSource> open_live_source(const std::string& url, LiveOptions options) {
  if (is_of_dada(url)) {
    try {
      return std::make_unique<DadaSource>(dada_address(url), std::move(options));
    } catch (const TryAgain& error) {
      throw TryAgain(fmt::format("{}: {}", url, error.what()));
    }
  }
  return make_stream_source(stream_url(url), std::move(options));
}

}  // namespace draftstream
