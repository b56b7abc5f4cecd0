#include "ingest/live/dada_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

namespace draftstream {
namespace {

constexpr std::int64_t mjd_of_1970 = 40587;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes exactly `digits` digits off the front, then the character behind them.
std::optional<int> take_digits(std::string_view& text, std::size_t digits,
                               std::string_view behind) {
  if (text.size() < digits || !std::ranges::all_of(text.substr(0, digits), is_digit)) {
    return std::nullopt;
  }
  int value = 0;
  std::from_chars(text.data(), text.data() + digits, value);
  text.remove_prefix(digits);
  if (behind.empty()) return value;
  if (text.empty() || behind.find(text.front()) == std::string_view::npos) return std::nullopt;
  text.remove_prefix(1);
  return value;
}

// Takes digits with an optional fraction off the front: no sign, no exponent.
std::optional<double> take_decimal(std::string_view& text) {
  const auto end = std::min(text.find_first_not_of("0123456789."), text.size());
  double value = 0.0;
  const auto read = std::from_chars(text.data(), text.data() + end, value);
  if (end == 0 || read.ec != std::errc{} || read.ptr != text.data() + end) return std::nullopt;
  text.remove_prefix(end);
  return value;
}

// An angle without its sign, in units of its first part.
struct Angle {
  double value = 0.0;
  bool sixty = false;  // in sixtieths, which hours are only written in; else decimal
};

// "5h34m31.9s" as "5:34:31.9"; other text as it is.
std::string letters_to_colons(std::string_view text, char unit) {
  std::string plain{text};
  const auto whole = plain.find(unit);
  if (whole == std::string::npos) return plain;
  plain[whole] = ':';
  const auto minutes = plain.find('m', whole);
  if (minutes != std::string::npos) plain[minutes] = ':';
  const bool has_seconds = minutes != std::string::npos && plain.ends_with('s');
  if (has_seconds || plain.ends_with(':')) plain.pop_back();
  return plain;
}

std::optional<Angle> parse_angle(std::string_view text, char unit) {
  const std::string plain = letters_to_colons(text, unit);
  std::array<double, 3> parts{};  // whole, minutes, seconds
  std::size_t given = 0;
  for (std::string_view rest = plain; given < parts.size(); rest.remove_prefix(1)) {
    const auto part = take_decimal(rest);
    if (!part) return std::nullopt;
    parts[given++] = *part;
    if (rest.empty()) break;
    if (rest.front() != ':' || given == parts.size()) return std::nullopt;
  }
  auto [whole, minutes, seconds] = parts;
  if (given == 1 && plain == text) {
    if (std::min(plain.find('.'), plain.size()) < 5) return Angle{whole, false};
    seconds = std::fmod(whole, 100.0);
    minutes = std::fmod(std::floor(whole / 100.0), 100.0);
    whole = std::floor(whole / 10'000.0);
  }
  const bool in_order = whole == std::floor(whole) && minutes < 60.0 && seconds <= 60.0 &&
                        (given < 3 || minutes == std::floor(minutes));
  if (!in_order) return std::nullopt;
  return Angle{whole + minutes / 60.0 + seconds / 3600.0, true};
}

}  // namespace

std::optional<UtcInstant> parse_utc_start(std::string_view text) {
  const auto year = take_digits(text, 4, "-");
  const auto month = year ? take_digits(text, 2, "-") : std::nullopt;
  const auto day = month ? take_digits(text, 2, "-T") : std::nullopt;
  const auto hour = day ? take_digits(text, 2, ":") : std::nullopt;
  const auto minute = hour ? take_digits(text, 2, ":") : std::nullopt;
  if (!minute || text.size() < 2 || !is_digit(text[0]) || !is_digit(text[1])) return std::nullopt;
  if (text.ends_with('Z')) text.remove_suffix(1);
  if (text.size() > 2 && text[2] != '.') return std::nullopt;
  const auto second = take_decimal(text);
  if (!second || !text.empty()) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second >= 61.0) return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  const std::int64_t mjd = std::chrono::sys_days{date}.time_since_epoch().count() + mjd_of_1970;
  if (mjd < 0) return std::nullopt;
  return UtcInstant{mjd, 0.0} + Seconds{*hour * 3600.0 + *minute * 60.0 + *second};
}

std::optional<double> parse_right_ascension(std::string_view text) {
  const auto angle = parse_angle(text.substr(text.starts_with('+') ? 1 : 0), 'h');
  if (!angle) return std::nullopt;
  const double degrees = angle->sixty ? 15.0 * angle->value : angle->value;
  if (degrees > 360.0) return std::nullopt;
  return std::fmod(degrees, 360.0);
}

std::optional<double> parse_declination(std::string_view text) {
  const bool south = text.starts_with('-');
  const auto angle = parse_angle(text.substr(south || text.starts_with('+') ? 1 : 0), 'd');
  if (!angle || angle->value > 90.0) return std::nullopt;
  return south ? -angle->value : angle->value;
}

}  // namespace draftstream
