// The kinds of packet streams that the test telescope can make.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "ingest/packets/counter_stream.hpp"
#include "ingest/packets/spead_stream.hpp"
#include "replay/packets/block_encoder.hpp"
#include "replay/packets/chime_encoder.hpp"

namespace draftstream {

/// Beams share packets, `packet_beams` at most; band from the top.
/// @throws std::invalid_argument as ChimeEncoder.
std::unique_ptr<BlockEncoder> make_chime_blocks(const ChimeEncoding& encoding,
                                                std::size_t packet_beams);

/// A heap for each beam and sub-band.
/// @param layout        Its ids, counts and samples are used.
/// @param packet_bytes  Longest datagram.
/// @param phase         Timestamp of the first sample of block 0.
std::unique_ptr<BlockEncoder> make_spead_blocks(const SpeadOptions& layout,
                                                std::size_t packet_bytes, std::uint64_t phase);

/// A packet for each beam and group.
/// @param phase  Clock of block 0.
std::unique_ptr<BlockEncoder> make_counter_blocks(const CounterProfile& profile,
                                                  std::uint64_t phase);

}  // namespace draftstream
