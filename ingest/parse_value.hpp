// Text to value, for arguments and configuration files alike.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace draftstream {

/// A text that is not the value it should be: "found 'x', expected y". Whoever knows where the text
/// stood (an argument, a line of a file) puts the place in front.
class BadValue : public std::runtime_error {
 public:
  BadValue(std::string_view text, const std::string& expected);
};

/// @throws BadValue unless the whole text is a number with low <= number <= high.
[[nodiscard]] double parse_number(std::string_view text, double low, double high);

/// @throws BadValue unless the whole text is decimal digits of a number from low to high.
[[nodiscard]] std::uint64_t parse_count(std::string_view text, std::uint64_t low,
                                        std::uint64_t high);

/// @throws BadValue unless the text is "true" or "false".
[[nodiscard]] bool parse_switch(std::string_view text);

/// "A:B", both numbers from low to high.
/// @throws BadValue
[[nodiscard]] std::pair<double, double> parse_pair(std::string_view text, double low, double high);

}  // namespace draftstream
