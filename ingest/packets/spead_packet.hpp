// SPEAD-64-48 packets: items with 16-bit ids, values and addresses of 48 bits, big-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "ingest/packets/byte_order.hpp"
#include "ingest/packets/refusal.hpp"

namespace draftstream {

/// Ids that the protocol itself uses.
namespace spead_id {
inline constexpr std::uint16_t padding = 0x0;
inline constexpr std::uint16_t heap_count = 0x1;
inline constexpr std::uint16_t heap_length = 0x2;
inline constexpr std::uint16_t payload_offset = 0x3;
inline constexpr std::uint16_t payload_length = 0x4;
inline constexpr std::uint16_t descriptor = 0x5;
inline constexpr std::uint16_t stream_control = 0x6;
}  // namespace spead_id

struct SpeadItem {
  std::uint16_t id = 0;     ///< 15 bits.
  bool immediate = false;   ///< The value itself, or where in the heap it begins.
  std::uint64_t value = 0;  ///< 48 bits.

  friend bool operator==(const SpeadItem&, const SpeadItem&) = default;
};

/// One datagram, its lengths checked. A view: the datagram owns the bytes.
/// @source SPEAD protocol, revision 1 (2012); spead2, recv_packet.cpp.
struct SpeadPacket {
  std::span<const std::byte> pointers;  ///< Shape [item], 8 bytes each.
  std::uint64_t heap_count = 0;         ///< Names the heap; not a clock.
  std::uint64_t heap_length = 0;        ///< [bytes]
  std::uint64_t payload_offset = 0;     ///< Of the payload in the heap; it ends inside the heap.
  std::span<const std::byte> payload;
  std::optional<std::uint64_t> stream_control;  ///< 2: the stream stops.

  [[nodiscard]] std::size_t items() const noexcept { return pointers.size() / 8; }
  [[nodiscard]] SpeadItem item(std::size_t index) const noexcept {
    const std::uint64_t bits = load_big(pointers.subspan(8 * index, 8));
    return {static_cast<std::uint16_t>(bits >> 48U & 0x7fffU), bits >> 63U != 0,
            bits & 0xffff'ffff'ffffU};
  }
};

/// Bytes behind the payload are ignored, as spead2 does.
/// @param datagram  Any bytes.
std::variant<SpeadPacket, Refused> parse_spead(std::span<const std::byte> datagram) noexcept;

}  // namespace draftstream
