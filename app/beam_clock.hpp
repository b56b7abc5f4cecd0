// Beams on the clock that all beams of a run share: it begins with the first one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "app/beam_search.hpp"
#include "engine/beam_coincidence.hpp"
#include "engine/search_config.hpp"

namespace draftstream {

using BeamSearches = std::span<const std::unique_ptr<BeamSearch>>;

/// Of sample `index` of one of the beams.
Seconds time_of(const BeamSearch& beam, BeamSearches beams, std::uint64_t index);

/// In as much as their candidates are compared with each other's.
std::vector<SearchedBeam> searched_beams(BeamSearches beams, const SearchConfig& config);

}  // namespace draftstream
