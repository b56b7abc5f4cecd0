#include "publishers/iso8601.hpp"

#include <chrono>
#include <cstdint>

namespace draftstream {
namespace {

constexpr std::int64_t mjd_of_1970 = 40587;

// Takes `digits` decimal digits off the front of `text`; -1 if they are not there.
int take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return -1;
  int number = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<UtcInstant> parse_iso8601(std::string_view text) {
  const int year = take_number(text, 4);
  if (year < 0 || !take(text, '-')) return std::nullopt;
  const int month = take_number(text, 2);
  if (month < 0 || !take(text, '-')) return std::nullopt;
  const int day = take_number(text, 2);
  if (day < 0 || !take(text, 'T')) return std::nullopt;
  const int hour = take_number(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ':')) return std::nullopt;
  const int minute = take_number(text, 2);
  if (minute < 0 || minute > 59 || !take(text, ':')) return std::nullopt;
  const int second = take_number(text, 2);
  if (second < 0 || second > 59) return std::nullopt;

  std::int64_t nanoseconds = 0;
  if (take(text, '.')) {
    std::int64_t unit = 100'000'000;
    if (text.empty() || text.front() == 'Z') return std::nullopt;
    for (; !text.empty() && text.front() != 'Z'; unit /= 10) {
      const int digit = take_number(text, 1);
      if (digit < 0 || unit == 0) return std::nullopt;
      nanoseconds += digit * unit;
    }
  }
  if (text != "Z") return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  const auto days = std::chrono::sys_days{date}.time_since_epoch().count();
  const std::int64_t whole = (hour * 60 + minute) * 60 + second;
  return UtcInstant{days + mjd_of_1970,
                    static_cast<double>(whole * 1'000'000'000 + nanoseconds) / 1e9};
}

UtcInstant utc_now() {
  const auto now = std::chrono::system_clock::now();
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const auto nanoseconds = std::chrono::nanoseconds{now - day}.count();
  return UtcInstant{day.time_since_epoch().count() + mjd_of_1970,
                    static_cast<double>(nanoseconds) / 1e9};
}

}  // namespace draftstream
