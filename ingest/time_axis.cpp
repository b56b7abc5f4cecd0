#include "ingest/time_axis.hpp"

#include <chrono>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

namespace draftstream {
namespace {

constexpr double seconds_a_day = 86400.0;

constexpr std::int64_t mjd_of_1970 = 40587;
constexpr double mjd_of_year_0 = -678941.0;
constexpr double mjd_of_year_10000 = 2973484.0;

}  // namespace

UtcInstant from_mjd(double mjd_utc) {
  if (!(mjd_utc >= mjd_of_year_0 && mjd_utc < mjd_of_year_10000)) {  // also refuses NaN
    throw std::invalid_argument(
        fmt::format("from_mjd: MJD {} lies outside the years 0 to 9999", mjd_utc));
  }
  const double day = std::floor(mjd_utc);
  return UtcInstant{static_cast<std::int64_t>(day), 0.0} + Seconds{(mjd_utc - day) * seconds_a_day};
}

UtcInstant operator+(UtcInstant instant, Seconds later) {
  // Whole days of `later` are taken off first, so that the seconds keep their full resolution.
  const double days = std::floor(later.value() / seconds_a_day);
  instant.mjd_day += static_cast<std::int64_t>(days);
  instant.second_of_day += later.value() - days * seconds_a_day;
  // Once for the carry, and once more where a hair before midnight was rounded to midnight.
  while (instant.second_of_day >= seconds_a_day) {
    instant.second_of_day -= seconds_a_day;
    ++instant.mjd_day;
  }
  return instant;
}

Seconds operator-(const UtcInstant& a, const UtcInstant& b) {
  return Seconds{static_cast<double>(a.mjd_day - b.mjd_day) * seconds_a_day +
                 (a.second_of_day - b.second_of_day)};
}

double to_mjd(const UtcInstant& instant) {
  return static_cast<double>(instant.mjd_day) + instant.second_of_day / seconds_a_day;
}

std::string format_mjd(const UtcInstant& instant) {
  constexpr std::int64_t one = 1'000'000'000'000'000;
  // 1e15 is below 2^50: a long double of 64 bits leaves an error of some 1e-4 decimals.
  std::int64_t decimals =
      std::llroundl(static_cast<long double>(instant.second_of_day) / 86400.0L * 1e15L);
  std::int64_t day = instant.mjd_day;
  if (decimals >= one) {
    decimals = 0;
    ++day;
  }
  if (day < 0 && decimals > 0) {  // -1 day and 0.25 of a day are written -0.75
    return fmt::format("-{}.{:015d}", -day - 1, one - decimals);
  }
  return fmt::format("{}.{:015d}", day, decimals);
}

std::string format_iso8601(const UtcInstant& instant) {
  auto nanoseconds =
      std::llroundl(static_cast<long double>(instant.second_of_day) * 1'000'000'000.0L);
  std::int64_t day = instant.mjd_day;
  if (nanoseconds >= 86'400'000'000'000LL) {
    nanoseconds = 0;
    ++day;
  }
  const std::chrono::year_month_day date{
      std::chrono::sys_days{std::chrono::days{day - mjd_of_1970}}};
  const auto seconds = nanoseconds / 1'000'000'000;
  return fmt::format("{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}.{:09d}Z",
                     static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), seconds / 3600, seconds / 60 % 60,
                     seconds % 60, nanoseconds % 1'000'000'000);
}

UtcInstant TimeAxis::instant(double index) const {
  const double rounded = index * sample_time.value();
  const double rest = std::fma(index, sample_time.value(), -rounded);  // exact: what rounding took
  return (start + Seconds{rounded}) + Seconds{rest};
}

}  // namespace draftstream
