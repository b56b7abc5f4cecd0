// Recordings that continue each other, as one observation.
#pragma once

#include <memory>
#include <vector>

#include "replay/recording.hpp"

namespace draftstream {

/// A pause longer than this [s] does not continue an observation; it starts another one.
inline constexpr double longest_pause_s = 86400.0;

/// Joins recordings in the order of their start times. Where one begins within half a sample of
/// the end of the one before (or within the 0.7 us that SIGPROC's tstart leaves open), nothing lies
/// between them; where it begins later, the spectra between are a gap with fate `missing`.
/// @param parts  At least one.
/// @throws InputError  if two are the same file, overlap, are a day apart, or differ in channels,
///         frequencies, sampling time, sample format, polarisations or beam. Both values are named.
std::unique_ptr<Recording> join_recordings(std::vector<std::unique_ptr<Recording>> parts);

}  // namespace draftstream
