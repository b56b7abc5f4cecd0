// A dump that somebody asks for, and whether it can be had.
#pragma once

#include <cstddef>
#include <cstdint>

#include "app/dump_file.hpp"
#include "publishers/event.hpp"
#include "replay/ring_dump.hpp"

namespace draftstream {

/// A dump that somebody asked for.
struct RequestedDump {
  std::size_t beam = 0;  ///< Index.
  RingStretch wanted;
  EventProduct product;  ///< "pending" at first; its `uri` is its own.
};

/// Of samples as they are stored [bytes].
[[nodiscard]] std::uint64_t bytes_in(const RingStretch& stretch, const DumpedBeam& beam);

/// @param used, most  Of all dumps [bytes].
/// @throws UsageError if it cannot be had: it is empty, more than three quarters of what the ring
///     holds, overwritten as a whole, farther ahead than the ring reaches back, or too many bytes.
void check_dump_request(const DumpedBeam& beam, const RingStretch& wanted, std::uint64_t used,
                        std::uint64_t most);

}  // namespace draftstream
