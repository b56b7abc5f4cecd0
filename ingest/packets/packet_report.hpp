// What became of the packets of an observation, from the kernel to the spectra.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "ingest/packets/packet_assembler.hpp"

namespace draftstream {

/// Every datagram that reached this machine's socket is one of kernel_drops, truncated and
/// counts.datagrams.
struct PacketReport {
  PacketCounts counts;                 ///< `assembled` as far as slots were passed on.
  std::uint64_t incomplete_units = 0;  ///< Heaps of which some packets came and others did not.
  std::uint64_t kernel_drops = 0;      ///< Datagrams that found the kernel's buffer full.
  std::uint64_t truncated = 0;         ///< Datagrams longer than any that is taken.
  std::size_t buffer_asked = 0;        ///< The kernel's buffer [bytes].
  std::size_t buffer_granted = 0;      ///< [bytes]
  double longest_in_queue_s = 0.0;     ///< That a datagram waited in it before it was taken.
  std::string last_refused;            ///< Why a datagram was last refused, a sentence; "" = none.

  /// Less what was counted up to `before`.
  [[nodiscard]] PacketReport since(const PacketReport& before) const;
  /// Whether something that was sent to us is not in the spectra.
  [[nodiscard]] bool lost_something() const noexcept;
  /// "12 datagrams found the kernel's buffer full, 3 cells of 4000 did not come, ...", of what was
  /// lost; "" if nothing was.
  [[nodiscard]] std::string describe_loss() const;
};

}  // namespace draftstream
