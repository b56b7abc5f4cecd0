// Why a datagram is not taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace draftstream {

/// What is wrong with a datagram, or with the heap that it completes.
enum class PacketFault : std::uint8_t {
  too_short,      ///< Ends inside its header.
  too_long,       ///< Longer than any datagram of its format.
  wrong_length,   ///< Not as long as its header says.
  wrong_magic,    ///< Of another protocol.
  wrong_version,  ///< Of another version of it.
  wrong_size,     ///< The size of its data is not what its counts make.
  nothing,        ///< A count of 0.
  wrong_block,    ///< Spectra in a packet: not a power of two, or too many.
  off_grid,       ///< Its clock is not a multiple of its step.
  outside_band,   ///< A channel that the band does not have.
  missing_item,   ///< Lacks an item it cannot be read without.
  outside_heap,   ///< Its payload, or an item, lies outside its heap.
  huge_heap,      ///< Its heap is longer than allowed, or in too many pieces.
  changed_heap,   ///< Packets of one heap disagree about it.
  wrong_kind,     ///< Holds something else than power: a check of the profile failed.
  too_large,      ///< Of a stream whose spectra do not fit into the memory allowed.
};
inline constexpr std::size_t packet_faults = 16;

std::string_view name(PacketFault fault);  ///< "too_short", ...: as counted and published.

/// A datagram that was not taken, and why. Cheap to make; words come with sentence().
struct Refused {
  PacketFault fault = PacketFault::too_short;
  std::uint32_t byte = 0;      ///< Where in the datagram (for items of a heap: in the heap).
  std::uint64_t found = 0;     ///< A negative number is stored as its two's complement.
  std::uint64_t expected = 0;  ///< What the fault's sentence compares it with.

  friend bool operator==(const Refused&, const Refused&) = default;
};

/// "byte 26: found a count of 0, expected at least 1": place, found, expected.
std::string sentence(const Refused& refused);

}  // namespace draftstream
