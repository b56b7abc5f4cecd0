// How much of an observation travels at once between the threads of a run.
#pragma once

#include <cstdint>
#include <optional>

#include "ingest/observation.hpp"
#include "ingest/spectrum_ring.hpp"

namespace draftstream {

/// Sizes in spectra.
struct BufferPlan {
  std::uint64_t chunk_samples = 0;   ///< As asked for: what the chunk column counts in.
  std::uint64_t travel_samples = 0;  ///< Handed on at once: a chunk, or a shorter recording.
  std::uint64_t ring_samples = 0;    ///< Of the ring; at least travel_samples.
};

/// @param chunk_samples  Asked for; empty = about a second of data, of bounded bytes.
/// @param reader         Of the ring. Where its writer does not wait, the ring has at least ten
///                       seconds and 16 MiB, as long as these are at most 512 MiB.
BufferPlan plan_buffers(const Observation& observation, std::optional<std::uint64_t> chunk_samples,
                        ReaderKind reader = ReaderKind::guaranteed);

}  // namespace draftstream
