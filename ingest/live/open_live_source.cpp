#include "ingest/live/open_live_source.hpp"

#include <utility>

#include "ingest/live/stream_source.hpp"
#include "ingest/live/stream_url.hpp"

namespace draftstream {

void check_live_url(const std::string& url) {
  (void)parse_stream_url(url);
}

std::unique_ptr<LiveSource> open_live_source(const std::string& url, LiveOptions options) {
  return make_stream_source(parse_stream_url(url), std::move(options));
}

}  // namespace draftstream
