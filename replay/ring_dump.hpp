// A stretch of what is in the ring, written as a recording.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "ingest/ledger.hpp"
#include "ingest/observation.hpp"
#include "ingest/spectrum_ring.hpp"

namespace draftstream {

/// The samples [first, end) of an observation.
struct RingStretch {
  std::uint64_t first = 0;
  std::uint64_t end = 0;

  [[nodiscard]] bool holds(const RingStretch& other) const noexcept {
    return first <= other.first && other.end <= end;
  }
  friend bool operator==(const RingStretch&, const RingStretch&) = default;
};

struct RingDump {
  RingStretch written;      ///< What the recording holds; nothing was written if it is empty.
  std::vector<Gap> gaps;    ///< In it, by sample of the observation.
  std::vector<Hole> holes;  ///< The same.
  std::uint64_t bytes = 0;  ///< Of the file.
};

/// Writes `wanted` as a SIGPROC recording that begins at its first sample: one sample of the
/// observation is one of the recording, Stokes I in its stored depth. Samples that are still to
/// come are waited for, until the stream ends or the ring is stopped. Those that were overwritten
/// are left out at the beginning, and are a gap of fate overrun further on. Gaps and holes are
/// NaN in floats, the lowest value in integers.
///
/// The writer of the ring never waits for this. The file has its name once it is whole and on the
/// disk; until then, and if this throws, it is called `path`.part, or not there at all.
///
/// Threads: any; takes as long as the samples take to come.
/// @throws std::system_error if the disk refuses it; std::invalid_argument on a format that the
///     file cannot hold.
RingDump dump_ring(SpectrumRing& ring, const Observation& observation, const RingStretch& wanted,
                   const std::filesystem::path& path);

}  // namespace draftstream
