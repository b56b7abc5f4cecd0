// Mean and standard deviation of one channel's noise, from a row of bytes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/robust_scale.hpp"
#include "engine/tree/byte_rows.hpp"
#include "engine/tree/byte_statistics.hpp"

namespace draftstream {

/// Some valid bytes of a row.
struct BytePicks {
  std::vector<std::uint32_t> places;  ///< Evenly spread, at most clipping::start_samples of them.
  bool eighths = false;               ///< They are clipping::start_samples: 0, 8, 16, ...
};

/// Where robust_byte_scale() starts: median and quartiles of some bytes of a row.
ChannelScale scale_of_quartiles(std::span<const std::uint8_t> row, const BytePicks& picks);

/// Bytes that will hardly be clipped, if that was the start: survey() may count them together.
ByteExtremes hardly_clipped(const ChannelScale& start) noexcept;

/// robust_scale() of the valid bytes of a row: the same start and the same rounds, on exact sums.
/// @param valid    Shape [time]: 255 where a byte counts, 0 where not; at least 16 are.
/// @param survey   Of these. If it does not hold what is asked for, the row is looked at again.
ChannelScale robust_byte_scale(std::span<const std::uint8_t> row, const std::uint8_t* valid,
                               const ChannelScale& start, const ByteSurvey& survey, bool clip);

}  // namespace draftstream
