#include "ingest/packets/chime_packet.hpp"

#include <algorithm>
#include <bit>

namespace draftstream {
namespace {

constexpr std::size_t v1_header = 24;
constexpr std::size_t v2_header = 32;
constexpr std::size_t most_samples = 1024;

bool is_end(std::span<const std::byte> datagram) noexcept {
  return datagram.size() == v1_header && load_little<std::uint32_t>(datagram, 0) == 1 &&
         std::all_of(datagram.begin() + 4, datagram.end(),
                     [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

std::variant<ChimePacket, ChimeEnd, Refused> parse_chime(std::span<const std::byte> datagram,
                                                         std::size_t coarse_channels) noexcept {
  const std::size_t size = datagram.size();
  if (size < v1_header) return Refused{PacketFault::too_short, 0, size, v1_header};
  if (size > chime_longest_packet) {
    return Refused{PacketFault::too_long, 0, size, chime_longest_packet};
  }
  const auto version = load_little<std::uint32_t>(datagram, 0);
  if (version != 1 && version != 2) {
    return Refused{PacketFault::wrong_version, 0, version, version == 0 ? 1U : 2U};
  }
  if (is_end(datagram)) return ChimeEnd{};
  const std::size_t fixed = version == 1 ? v1_header : v2_header;
  if (size < fixed) return Refused{PacketFault::too_short, 0, size, fixed};

  ChimePacket packet;
  packet.version = static_cast<int>(version);
  packet.counts_per_sample = load_little<std::uint16_t>(datagram, 6);
  if (version == 2) packet.fpga0_ns = load_little<std::uint64_t>(datagram, 8);
  packet.fpga_count = load_little<std::uint64_t>(datagram, fixed - 16);
  packet.beams = load_little<std::uint16_t>(datagram, fixed - 8);
  packet.coarse = load_little<std::uint16_t>(datagram, fixed - 6);
  packet.up = load_little<std::uint16_t>(datagram, fixed - 4);
  packet.samples = load_little<std::uint16_t>(datagram, fixed - 2);

  const auto at = [fixed](std::size_t before_end) {
    return static_cast<std::uint32_t>(fixed - before_end);
  };
  if (packet.beams == 0) return Refused{PacketFault::nothing, at(8), 0, 1};
  if (packet.coarse == 0) return Refused{PacketFault::nothing, at(6), 0, 1};
  if (packet.up == 0) return Refused{PacketFault::nothing, at(4), 0, 1};
  if (packet.counts_per_sample == 0) return Refused{PacketFault::nothing, 6, 0, 1};
  if (!std::has_single_bit(packet.samples) || packet.samples > most_samples) {
    return Refused{PacketFault::wrong_block, at(2), packet.samples, most_samples};
  }
  // Products of at most four 16-bit numbers fit into 64 bits.
  const std::uint64_t cells = static_cast<std::uint64_t>(packet.beams) * packet.coarse;
  const std::uint64_t data_bytes = cells * packet.up * packet.samples;
  const auto stated = load_little<std::int16_t>(datagram, 4);
  if (stated < 0 || static_cast<std::uint64_t>(stated) != data_bytes) {
    return Refused{PacketFault::wrong_size, 4, static_cast<std::uint64_t>(std::int64_t{stated}),
                   data_bytes};
  }
  const std::uint64_t ids = fixed + 2 * (packet.beams + packet.coarse);
  const std::uint64_t length = ids + 8 * cells + data_bytes;
  if (size != length) return Refused{PacketFault::wrong_length, 0, size, length};
  const std::uint64_t ticks = packet.counts_per_sample * packet.samples;
  if (packet.fpga_count % ticks != 0) {
    return Refused{PacketFault::off_grid, at(16), packet.fpga_count, ticks};
  }

  // The length fits: all that follows lies in the datagram.
  packet.beam_ids = datagram.subspan(fixed, 2 * packet.beams);
  packet.coarse_ids = datagram.subspan(fixed + 2 * packet.beams, 2 * packet.coarse);
  packet.scales = datagram.subspan(ids, 4 * cells);
  packet.offsets = datagram.subspan(ids + 4 * cells, 4 * cells);
  packet.data = datagram.subspan(ids + 8 * cells, data_bytes);
  for (std::size_t channel = 0; channel < packet.coarse; ++channel) {
    const std::size_t id = packet.coarse_id(channel);
    if (id >= coarse_channels) {
      const std::size_t byte = fixed + 2 * (packet.beams + channel);
      return Refused{PacketFault::outside_band, static_cast<std::uint32_t>(byte), id,
                     coarse_channels};
    }
  }
  return packet;
}

}  // namespace draftstream
