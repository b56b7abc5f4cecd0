// SIGPROC's own codes: numbers for telescopes and back ends, and angles packed into decimals.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace draftstream {

/// @return The name, or "" for a number no one is known by.
/// @source SIGPROC v4.3 aliases.c for 0 to 8; above, the numbers PRESTO, dspsr and blimpy agree on.
std::string telescope_name(int telescope_id);

/// @return The number for a name that telescope_name() gives, letter case ignored.
std::optional<int> telescope_number(std::string_view name);

/// @return The name, or "": also for 0 ("fake"), which most writers use for "not known".
/// @source SIGPROC v4.3 aliases.c.
std::string backend_name(int machine_id);

/// @return The number for a name that backend_name() gives, letter case ignored.
std::optional<int> backend_number(std::string_view name);

/// @param packed  hhmmss.s (or ddmmss.s), the sign in front of the whole.
/// @return Hours (or degrees), or nothing if it is no such number: minutes of 60 or more, NaN, ...
std::optional<double> unpack_sexagesimal(double packed);

/// The inverse, rounded to a microsecond (of time or arc).
double pack_sexagesimal(double value);

}  // namespace draftstream
