// Plays a recording into the ring, at its own pace or as fast as it is taken.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "ingest/spectrum_ring.hpp"
#include "replay/recording.hpp"

namespace draftstream {

/// Hears of spectra that could not be read, in order. @param reason  One sentence.
using UnreadSink = std::function<void(const Gap& stretch, const std::string& reason)>;

struct FeedOptions {
  std::uint64_t chunk_samples =
      4096;             ///< Spectra handed over at once; at most the ring's capacity.
  double speed = 0.0;   ///< Factor of real time; 0 = as fast as the ring takes them.
  UnreadSink unread{};  ///< May be empty.
};

/// Copies `recording` into `ring`, of which the caller is the writer: from its first spectrum to
/// its last, then ring.finish(). Known gaps are marked; a gap that fills a whole chunk is published
/// without being read. Paced, a chunk is published when its last spectrum would have been taken,
/// reckoned from the call and never from the chunk before, so that delays do not add up.
///
/// Returns at once when the ring is stopped. Spectra that cannot be read become gaps with the fate
/// `invalid`, the same whatever the chunk size, and what comes after them is read all the same.
///
/// @throws InputError             the first one of recording.read(), when all is published and the
///                                ring finished.
/// @throws std::invalid_argument  if the ring does not fit the recording, chunk_samples is 0, or
///         speed is negative or not finite.
void feed(Recording& recording, SpectrumRing& ring, const FeedOptions& options);

}  // namespace draftstream
