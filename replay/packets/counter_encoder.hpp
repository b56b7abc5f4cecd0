// Packets of a fixed header with a counter: what the test telescope sends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ingest/packets/counter_stream.hpp"

namespace draftstream {

/// One packet: header by the profile, its checks fulfilled, everything else in it 0.
/// @param data  profile.packet_bytes() less the header.
/// @param out   Emptied first.
/// @throws std::invalid_argument on data of another length.
void encode_counter(const CounterProfile& profile, const CounterPacket& packet,
                    std::vector<std::byte>& out);

}  // namespace draftstream
