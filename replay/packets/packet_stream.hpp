// From a recording and a URL to the packets of a stream.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ingest/live/packet_url.hpp"
#include "ingest/observation.hpp"
#include "replay/packets/block_encoder.hpp"

namespace draftstream {

/// How a recording is sent.
struct PacketStream {
  /// The URL with all that the packets do not say of themselves: what `live` is to be told.
  PacketUrl url;
  std::unique_ptr<BlockEncoder> encoder;
  bool turned = false;            ///< Packets begin at the top of the band, the recording does not.
  std::uint64_t first_block = 0;  ///< Block of the recording's first sample.
  std::vector<std::string> warnings;  ///< What the packets cannot say exactly, a sentence each.
};

/// What the URL does not say is taken from the recording: band, clock, its start; also counts that
/// packets can be cut by, where none are given. What it says must fit the recording.
/// @param observation  Of all beams, but for what is a beam's own.
/// @param beams        Their numbers.
/// @throws ConfigError naming the URL, what was found and what was expected.
PacketStream make_packet_stream(const PacketUrl& url, const Observation& observation,
                                std::span<const std::uint64_t> beams);

}  // namespace draftstream
