// The octaves that a search by trees works on.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/search_config.hpp"
#include "engine/tree/octaves.hpp"
#include "ingest/observation.hpp"

namespace draftstream {

/// plan_octaves for a configuration, whose longest samples divide a block into whole segments of
/// boxes.
/// @param block  As in SearchLimits [samples].
/// @throws ConfigError as plan_octaves does.
[[nodiscard]] std::vector<Octave> octaves_of_search(const Observation& observation,
                                                    const SearchConfig& config, std::size_t block);

}  // namespace draftstream
