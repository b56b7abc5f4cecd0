// What conditioning decides by, in one place for all conditioners.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/search_config.hpp"
#include "ingest/samples.hpp"

namespace draftstream {

inline constexpr double saturated_fraction = 0.25;    // of a channel's samples at either end
inline constexpr double least_valid_fraction = 0.05;  // of a block, for a channel's statistics

/// What the level of the whole band does in a block (band_level.hpp).
enum class BlockLevel {
  steady,
  wanders,  ///< Scatter within stretches is noise, what lies between them is not.
};

/// Can a channel of this format be saturated? (Few bits lie at their ends by design.)
[[nodiscard]] inline bool can_saturate(const SampleFormat& format) noexcept {
  return format.bits >= 8 && !format.is_float;
}

/// @return The given mask, shape [channel]; all false where none was given.
/// @throws ConfigError if it has another number of channels, or leaves none.
[[nodiscard]] std::vector<bool> checked_mask(std::vector<bool> mask, std::size_t channels);

/// Do so many spectra hold impulses that channels were measured wrong with them?
[[nodiscard]] constexpr bool are_many(std::size_t impulses, std::size_t samples) noexcept {
  return 50 * impulses > samples;
}

/// A spectrum is a dropout if so many of the channels looked at are at rest: the live ones, or all
/// where none is live. Empty: there are too few to tell.
/// @param live  Channels that change at all.
[[nodiscard]] std::optional<std::uint32_t> channels_of_a_dropout(const SampleFormat& format,
                                                                 std::size_t channels,
                                                                 std::size_t live);

}  // namespace draftstream
