// What the options of a packet URL mean for each kind of packets.
#pragma once

#include <memory>

#include "ingest/live/packet_url.hpp"
#include "ingest/packets/chime_stream.hpp"
#include "ingest/packets/counter_stream.hpp"
#include "ingest/packets/packet_format.hpp"
#include "ingest/packets/spead_stream.hpp"

namespace draftstream {

// All throw ConfigError with the URL, the key, what was found and what was expected; all keys that
// are missing and needed are named at once. What they give, make_chime_stream() and the others
// take.

ChimeOptions read_chime_options(const PacketUrl& url);
/// Needs channels, clock_hz, fch1_mhz, foff_mhz, sync_ns and ticks_per_sample.
SpeadOptions read_spead_options(const PacketUrl& url);
/// Of udp+fast, udp+pbeam and udp+counter. All need clock_hz, epoch_ns, fch1_mhz and foff_mhz;
/// pbeam also averaged, packet_channels and servers; counter also counter, header_bytes, groups and
/// packet_channels.
CounterOptions read_counter_options(const PacketUrl& url);

/// The format that a URL names.
std::unique_ptr<PacketFormat> make_packet_format(const PacketUrl& url);

}  // namespace draftstream
