// Instants as text, read back; and the present one.
#pragma once

#include <optional>
#include <string_view>

#include "ingest/time_axis.hpp"

namespace draftstream {

/// The inverse of format_iso8601.
/// @param text  "2018-04-17T13:18:31.123456789Z": UTC, up to nine decimals or none.
/// @return Nothing if it is anything else, or no date of the calendar. Second 60 is refused.
std::optional<UtcInstant> parse_iso8601(std::string_view text);

/// The system clock's present instant.
UtcInstant utc_now();

}  // namespace draftstream
