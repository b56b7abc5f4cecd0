// The neighbourhood of a candidate, conditioned again from the samples as they came.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/infer/band_delays.hpp"
#include "engine/infer/sample_window.hpp"
#include "engine/raw_history.hpp"
#include "engine/tree/block_notes.hpp"

namespace draftstream {

/// @param stretches  Shape [rank]: as BandDelays has them.
/// @param level      A window sample is 2^level samples of the recording: the sum of the good ones
///                   over the root of their number, good itself if half of them are.
/// @return What does not lie in the observation, or is no longer at hand, is not good.
[[nodiscard]] SampleWindow conditioned_window(const RawHistory& raw, const BlockNotes& notes,
                                              const BandDelays& delays,
                                              std::span<const Stretch> stretches, unsigned level);

}  // namespace draftstream
