#include "training/parse_number.hpp"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {

double parse_number(std::string_view text, std::string_view what) {
  double value = 0.0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || !std::isfinite(value)) {
    throw ConfigError(fmt::format("{}: found '{}', expected a number", what, text));
  }
  return value;
}

void check_range(double value, double low, double high, std::string_view what) {
  if (!(value >= low && value <= high)) {  // also refuses NaN
    throw ConfigError(fmt::format("{}: found {}, expected {} to {}", what, value, low, high));
  }
}

}  // namespace draftstream
