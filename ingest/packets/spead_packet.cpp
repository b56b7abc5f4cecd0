#include "ingest/packets/spead_packet.hpp"

#include <array>

namespace draftstream {
namespace {

constexpr std::size_t header_bytes = 8;

}  // namespace

std::variant<SpeadPacket, Refused> parse_spead(std::span<const std::byte> datagram) noexcept {
  const std::size_t size = datagram.size();
  if (size < header_bytes) return Refused{PacketFault::too_short, 0, size, header_bytes};
  const auto byte = [&datagram](std::size_t at) {
    return std::to_integer<std::uint64_t>(datagram[at]);
  };
  if (byte(0) != 0x53) return Refused{PacketFault::wrong_magic, 0, byte(0), 0x53};
  if (byte(1) != 4) return Refused{PacketFault::wrong_version, 1, byte(1), 4};
  // Widths of ids and of addresses [bytes]: the 64-48 flavour.
  if (byte(2) != 2) return Refused{PacketFault::wrong_version, 2, byte(2), 2};
  if (byte(3) != 6) return Refused{PacketFault::wrong_version, 3, byte(3), 6};
  const std::size_t items = load_big(datagram.subspan(6, 2));
  const std::size_t payload_at = header_bytes + 8 * items;
  if (size < payload_at) return Refused{PacketFault::too_short, 6, size, payload_at};

  SpeadPacket packet;
  packet.pointers = datagram.subspan(header_bytes, 8 * items);
  // By id: what every packet must say.
  std::array<std::optional<std::uint64_t>, 5> needed;
  for (std::size_t i = 0; i < items; ++i) {
    const SpeadItem item = packet.item(i);
    if (!item.immediate) continue;
    if (item.id < needed.size()) needed[item.id] = item.value;
    if (item.id == spead_id::stream_control) packet.stream_control = item.value;
  }
  for (std::uint64_t id = spead_id::heap_count; id <= spead_id::payload_length; ++id) {
    if (!needed[id]) return Refused{PacketFault::missing_item, header_bytes, items, id};
  }
  packet.heap_count = *needed[spead_id::heap_count];
  packet.heap_length = *needed[spead_id::heap_length];
  packet.payload_offset = *needed[spead_id::payload_offset];
  const std::uint64_t payload_length = *needed[spead_id::payload_length];
  // Sums of 48-bit numbers do not overflow.
  if (payload_at + payload_length > size) {
    return Refused{PacketFault::wrong_length, 0, size, payload_at + payload_length};
  }
  if (packet.payload_offset + payload_length > packet.heap_length) {
    return Refused{PacketFault::outside_heap, 0, packet.payload_offset + payload_length,
                   packet.heap_length};
  }
  packet.payload = datagram.subspan(payload_at, payload_length);
  return packet;
}

}  // namespace draftstream
