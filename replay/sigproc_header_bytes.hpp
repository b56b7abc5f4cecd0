// The header of a SIGPROC file or stream, as bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ingest/observation.hpp"

namespace draftstream {

struct SigprocHeaderBytes {
  std::vector<std::byte> bytes;  ///< From HEADER_START to HEADER_END: samples follow.
  std::size_t samples_at = 0;    ///< Where the value of nsamples stands, 4 bytes.
};

/// One IF in observation.format; a frequency table instead of fch1 and foff where the axis is
/// irregular. What is not known is left out: readers have no number for "unknown".
/// @param samples  For nsamples; 0 where it is empty, or too large for 31 bits.
/// @throws std::invalid_argument on a format the file cannot hold, or no channels.
SigprocHeaderBytes make_sigproc_header(const Observation& observation,
                                       std::optional<std::uint64_t> samples);

}  // namespace draftstream
