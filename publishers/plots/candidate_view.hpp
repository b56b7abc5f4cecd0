// From a cutout to the page about it.
#pragma once

#include "publishers/cutouts/cutout.hpp"
#include "publishers/plots/candidate_page.hpp"

namespace draftstream {

/// @param cutout  With tile and patch in default_cutout_format().
/// @throws InputError naming the event and what it lacks: an array, a band with a sweep, a sampling
///     time.
[[nodiscard]] CandidatePage page_of(const Cutout& cutout);

}  // namespace draftstream
