// Which known name an unknown one was probably meant to be.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace draftstream {

/// Fewest insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`
/// (optimal string alignment: no letter is touched twice).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// @param known  At least one.
/// @return The known name of smallest edit distance; of equals, the first.
[[nodiscard]] std::string_view nearest(std::string_view name,
                                       std::span<const std::string_view> known);

/// Text from outside, fit for a message: in quotes, control characters as \xNN, cut at 60 bytes.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace draftstream
