// Instants and sample times: an integer sample index over an integer day plus seconds.
#pragma once

#include <cstdint>
#include <string>

#include "ingest/units.hpp"

namespace draftstream {

/// An instant in UTC: an integer MJD day plus seconds into that day. A double of seconds resolves
/// 15 ps here, where a double of MJD days resolves only 0.6 us.
struct UtcInstant {
  std::int64_t mjd_day = 0;
  double second_of_day = 0.0;  ///< 0 <= second_of_day < 86400 (leap seconds are not represented).

  friend bool operator==(const UtcInstant&, const UtcInstant&) = default;
};

/// @param mjd_utc  Days, as in SIGPROC's `tstart`.
/// @throws std::invalid_argument unless it lies in the years 0 to 9999.
UtcInstant from_mjd(double mjd_utc);

/// The instant `later` [s] after `instant`; negative is earlier; finite. Exact to the resolution of
/// `later` or of the seconds of a day, whichever is coarser.
UtcInstant operator+(UtcInstant instant, Seconds later);

/// `a - b` [s]; exact to a double's resolution of the difference.
Seconds operator-(const UtcInstant& a, const UtcInstant& b);

/// The nearest double of MJD days (0.6 us steps): for SIGPROC's `tstart`, not for arithmetic.
double to_mjd(const UtcInstant& instant);

/// "58227.123456789012345": days with sign and 15 decimals, rounded in decimal and not through a
/// double.
std::string format_mjd(const UtcInstant& instant);

/// "2018-04-17T13:18:31.123456789Z": ISO 8601, nine decimals; years 0 to 9999.
std::string format_iso8601(const UtcInstant& instant);

/// Sample i was taken at start + i * sample_time; it covers the sample_time that begins there.
/// Times are products, never sums in a loop.
struct TimeAxis {
  UtcInstant start;     ///< Of sample 0, the first of the observation.
  Seconds sample_time;  ///< > 0.

  /// @param index  Of a sample, or between samples; counted from the start of the observation.
  [[nodiscard]] Seconds since_start(double index) const noexcept { return index * sample_time; }
  /// The same as an instant, to 0.1 ns however long the observation: the product is not rounded
  /// to a double of seconds on the way, which would be 4 ns off after two years.
  [[nodiscard]] UtcInstant instant(double index) const;
};

}  // namespace draftstream
