// What of a search is a burst that was put in: labels of training sets, and of evaluations.
#pragma once

#include "engine/candidate.hpp"
#include "engine/infer/band_delays.hpp"
#include "training/evaluation.hpp"
#include "training/truth.hpp"

namespace draftstream {

/// Does the candidate lie within the tolerances of the burst, or in the mark that the burst leaves
/// in a detector's tile? Bright bursts leave a large one, and their best DM may lie farther from
/// the true one than noise explains: sub-bursts, a part of the band, the zero-DM filter. What fills
/// a part p of the band's sweep stays aligned over 1/p as many DMs.
///
/// With a boxcar of w samples: within 16 + 2 w / p samples of sweep; in the middle of its own part
/// of the band, within 32 + w samples and p/2 of what the sweep is off by.
/// @param tolerance  Of the burst.
/// @param delays     Of the truth's frequencies and sampling time.
[[nodiscard]] bool is_of_burst(const Candidate& candidate, const TrueBurst& burst,
                               const MatchTolerance& tolerance, const BandDelays& delays,
                               const Truth& truth);

}  // namespace draftstream
