// The clock of a sender: ticks since an instant, and what they are in UTC.
#pragma once

#include <cstdint>

#include "ingest/time_axis.hpp"

namespace draftstream {

/// How fast a clock ticks: `ticks` in `seconds`, both integers, so that no period is rounded.
/// CHIME's FPGA: 390625 in 1; a sample of 0.256 ms: 15625 in 4.
struct TickRate {
  std::uint64_t ticks = 1;    ///< > 0.
  std::uint64_t seconds = 1;  ///< > 0; ticks * seconds < 2^64.

  friend bool operator==(const TickRate&, const TickRate&) = default;
};

/// The length of so many ticks [s], the nearest double.
/// @param count  count * rate.seconds < 2^53.
Seconds duration(std::uint64_t count, const TickRate& rate);

/// The instant so many nanoseconds after 1970-01-01 UTC, in integers up to the second of the day.
UtcInstant from_unix_ns(std::uint64_t nanoseconds);

/// The instant `count` ticks after `start`, in integers but for the fraction of a second: as exact
/// as a second of a day in a double (15 ps), however long ago the start was.
UtcInstant after_ticks(const UtcInstant& start, std::uint64_t count, const TickRate& rate);

/// The rate at which a sample of this length is `ticks_a_sample` ticks: exact for every length that
/// is a whole number of picoseconds, as written in headers.
/// @param ticks_a_sample  1 to 65535.
/// @throws std::invalid_argument unless the length is one, from 1 ps to 1000 s, and the rate fits.
TickRate rate_of(Seconds sample_time, std::uint64_t ticks_a_sample);

}  // namespace draftstream
