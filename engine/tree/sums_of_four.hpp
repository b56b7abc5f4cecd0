// A series at a quarter of its time resolution.
#pragma once

#include <cstdint>
#include <span>

namespace draftstream {

/// out[i] = series[4i] + ... + series[4i + 3], clipped to what 16 bits hold.
/// @param series  Its length is a multiple of 4.
void sum_fours(std::span<const std::int16_t> series, std::int16_t* out);

/// The same, one by one: for machines whose vectors we do not know, and to be compared with.
void plain_sum_fours(std::span<const std::int16_t> series, std::int16_t* out);

}  // namespace draftstream
