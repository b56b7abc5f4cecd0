// Which samples are kept of an event, and how long they have to be there.
#pragma once

#include <cstdint>

#include "engine/candidate.hpp"
#include "ingest/observation.hpp"
#include "replay/ring_dump.hpp"

namespace draftstream {

/// What is kept of an event.
struct DumpStretch {
  RingStretch sweep;   ///< The pulse, from the highest channel to the lowest.
  RingStretch wanted;  ///< With what lies around it, in whole blocks of the search: searched by
                       ///< itself, it has the same statistics.
};

/// @param block_samples  Of the search; > 0.
/// @param pad            Around the sweep, at least.
DumpStretch stretch_of(const Candidate& candidate, const Observation& observation,
                       std::uint64_t block_samples, Seconds pad);

/// How far back a ring must reach, so that what is around a candidate is still there when the
/// search tells of it [samples].
/// @param longest_delay  Of the search [samples].
std::uint64_t dump_history(std::uint64_t longest_delay, std::uint64_t block_samples, Seconds pad,
                           Seconds sample_time);

}  // namespace draftstream
