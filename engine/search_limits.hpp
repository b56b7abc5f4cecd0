// Sizes that follow from an observation and a configuration, whatever engine searches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/search_config.hpp"
#include "ingest/observation.hpp"

namespace draftstream {

/// Blocks are at least this many times longer than the widest box, so that a channel's own mean
/// takes little of a box along.
inline constexpr std::size_t boxes_a_block = 16;
inline constexpr std::size_t block_granule = 1024;  ///< Blocks are multiples of it [samples].
inline constexpr std::size_t most_detections_a_tile = 4096;
inline constexpr std::size_t most_searched_channels = 65535;  ///< Goods are counted in 16 bits.

struct SearchLimits {
  std::uint32_t widest = 1;  ///< Boxcar [samples].
  std::size_t block = 0;     ///< Samples of a block and of a tile; a multiple of 1024.
  /// Tiles that the noise of a trial is measured over, of which the newest is looked at.
  std::size_t noise_tiles = 1;
  std::size_t most_peaks = 0;                ///< A tile may hold.
  std::vector<std::uint32_t> live_channels;  ///< Those the configuration does not mask.
};

/// @throws ConfigError if the configuration cannot be carried out on this observation.
SearchLimits search_limits(const Observation& observation, const SearchConfig& config);

}  // namespace draftstream
