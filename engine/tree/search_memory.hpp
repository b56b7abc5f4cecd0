// How much memory a search by trees will take.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/search_config.hpp"
#include "ingest/observation.hpp"

namespace draftstream {

struct MemoryPart {
  std::string name;  ///< "history", as in docs/interfaces/command_line.md.
  std::size_t bytes = 0;
};

/// What a Search by EngineKind::tree of this observation holds, part by part, once it has taken
/// some blocks.
/// @param config  With the number of threads; 0 = one a core.
/// @param looks   Candidates are looked at.
/// @throws ConfigError as Search does.
[[nodiscard]] std::vector<MemoryPart> tree_search_memory(const Observation& observation,
                                                         const SearchConfig& config, bool looks);

}  // namespace draftstream
