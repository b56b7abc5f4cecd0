// Instants and angles as DADA headers write them.
#pragma once

#include <optional>
#include <string_view>

#include "ingest/time_axis.hpp"

namespace draftstream {

/// "2023-02-25-00:00:06.5": a date of the years 1858 (MJD 0) to 9999, '-' or 'T' between day and
/// time, the fraction optional. Second 60 is the first of the next minute.
/// @return Nothing if it is not of that form.
std::optional<UtcInstant> parse_utc_start(std::string_view text);

/// "hh:mm:ss.s", "hhXmmYss.sZ" with letters h m s, packed "hhmmss.s" (five digits or more before
/// the point), or decimal degrees. Minutes and seconds may be missing: "05:34".
/// @return Degrees, 0 to 360; nothing if it is none of these.
std::optional<double> parse_right_ascension(std::string_view text);

/// "[+-]dd:mm:ss.s", with letters d m s, packed "[+-]ddmmss.s", or decimal degrees.
/// @return Degrees, -90 to 90; nothing if it is none of these.
std::optional<double> parse_declination(std::string_view text);

}  // namespace draftstream
