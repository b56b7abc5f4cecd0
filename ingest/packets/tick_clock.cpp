#include "ingest/packets/tick_clock.hpp"

#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include <fmt/format.h>

namespace draftstream {
namespace {

constexpr std::int64_t mjd_of_1970 = 40587;
constexpr std::uint64_t seconds_a_day = 86'400;
constexpr std::uint64_t ns_a_second = 1'000'000'000;

// Whole seconds later, in integers.
UtcInstant add_seconds(UtcInstant instant, std::uint64_t seconds) {
  instant.mjd_day += static_cast<std::int64_t>(seconds / seconds_a_day);
  return instant + Seconds{static_cast<double>(seconds % seconds_a_day)};
}

}  // namespace

Seconds duration(std::uint64_t count, const TickRate& rate) {
  return Seconds{static_cast<double>(count * rate.seconds) / static_cast<double>(rate.ticks)};
}

UtcInstant from_unix_ns(std::uint64_t nanoseconds) {
  const std::uint64_t day_ns = nanoseconds % (seconds_a_day * ns_a_second);
  // Below 2^47 ns: exact in a double, and the quotient is its nearest.
  return {mjd_of_1970 + static_cast<std::int64_t>(nanoseconds / (seconds_a_day * ns_a_second)),
          static_cast<double>(day_ns) / static_cast<double>(ns_a_second)};
}

UtcInstant after_ticks(const UtcInstant& start, std::uint64_t count, const TickRate& rate) {
  const std::uint64_t rounds = count / rate.ticks;  // of rate.seconds each
  const std::uint64_t rest = count % rate.ticks * rate.seconds;
  const std::uint64_t whole = rounds * rate.seconds + rest / rate.ticks;
  const double fraction = static_cast<double>(rest % rate.ticks) / static_cast<double>(rate.ticks);
  return add_seconds(start, whole) + Seconds{fraction};
}

TickRate rate_of(Seconds sample_time, std::uint64_t ticks_a_sample) {
  constexpr double ps_a_second = 1e12;
  const double picoseconds = std::round(sample_time.value() * ps_a_second);
  if (!(picoseconds >= 1.0 && picoseconds <= 1e15) ||
      picoseconds / ps_a_second != sample_time.value()) {
    throw std::invalid_argument(fmt::format(
        "rate_of: a sampling time of {} s is no whole number of picoseconds", sample_time.value()));
  }
  auto sample = static_cast<std::uint64_t>(picoseconds);
  std::uint64_t second = 1'000'000'000'000;
  const std::uint64_t common = std::gcd(sample, second);
  sample /= common;
  second /= common;
  // ticks / second = ticks_a_sample / sample_time
  const std::uint64_t also = std::gcd(ticks_a_sample, sample);
  const TickRate rate{second * (ticks_a_sample / also), sample / also};
  if (rate.ticks > std::numeric_limits<std::uint64_t>::max() / rate.seconds) {
    throw std::invalid_argument(fmt::format(
        "rate_of: {} ticks in {} s are no numbers to count with", rate.ticks, rate.seconds));
  }
  return rate;
}

}  // namespace draftstream
