#include "ingest/parse_value.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <system_error>

#include "ingest/nearest.hpp"

namespace draftstream {
namespace {

template <class Number>
std::optional<Number> whole(std::string_view text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

}  // namespace

BadValue::BadValue(std::string_view text, const std::string& expected)
    : std::runtime_error{fmt::format("found {}, expected {}", in_quotes(text), expected)} {}

double parse_number(std::string_view text, double low, double high) {
  const auto value = whole<double>(text);
  if (!value || !(*value >= low && *value <= high)) {  // also refuses NaN
    throw BadValue(text, fmt::format("a number from {} to {}", low, high));
  }
  return *value;
}

std::uint64_t parse_count(std::string_view text, std::uint64_t low, std::uint64_t high) {
  const auto value = whole<std::uint64_t>(text);
  if (!value || *value < low || *value > high) {
    throw BadValue(text, fmt::format("a whole number from {} to {}", low, high));
  }
  return *value;
}

bool parse_switch(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  throw BadValue(text, "true or false");
}

std::pair<double, double> parse_pair(std::string_view text, double low, double high) {
  const auto colon = text.find(':');
  if (colon != std::string_view::npos) {
    const auto first = whole<double>(text.substr(0, colon));
    const auto second = whole<double>(text.substr(colon + 1));
    if (first && second && *first >= low && *first <= high && *second >= low && *second <= high) {
      return {*first, *second};
    }
  }
  throw BadValue(text, fmt::format("two numbers from {} to {} with a colon between", low, high));
}

}  // namespace draftstream
