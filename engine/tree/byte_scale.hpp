// Mean and standard deviation of one channel's noise, from a row of bytes.
#pragma once

#include <cstdint>
#include <span>

#include "engine/robust_scale.hpp"
#include "engine/tree/byte_rows.hpp"

namespace draftstream {

/// robust_scale() of the valid bytes of a row: the same start and the same rounds, on exact sums.
/// @param valid    Shape [time]: 255 where a byte counts, 0 where not.
/// @param sample   Places of valid bytes, evenly spread, where the quartiles are looked up.
/// @param range    Extremes of the valid bytes; at least 16 are valid.
ChannelScale robust_byte_scale(std::span<const std::uint8_t> row, const std::uint8_t* valid,
                               std::span<const std::uint32_t> sample, const ByteExtremes& range,
                               bool clip);

}  // namespace draftstream
