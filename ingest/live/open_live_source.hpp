// Live sources by the name of where they are.
#pragma once

#include <memory>
#include <string>

#include "ingest/live/live_options.hpp"
#include "ingest/live_source.hpp"

namespace draftstream {

/// @throws ConfigError naming the URL, if no source of ours is called so.
void check_live_url(const std::string& url);

/// @param url  As parse_stream_url(), parse_packet_url() or parse_dada_address().
/// @throws ConfigError  if nothing of ours understands it, an address cannot be listened at, or a
///                      socket was handed over that cannot be used.
/// @throws MissingInput if a file or FIFO is not there.
/// @throws TryAgain     if a DADA ring is not there yet, or has no place for a reader.
std::unique_ptr<LiveSource> open_live_source(const std::string& url, LiveOptions options = {});

}  // namespace draftstream
