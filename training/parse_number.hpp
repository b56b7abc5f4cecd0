// Numbers in the short texts that describe a sky.
#pragma once

#include <string_view>

namespace draftstream {

/// @param text  A decimal number and nothing else.
/// @param what  Its name, for the message.
/// @throws ConfigError naming `what` and the text unless it is a finite number.
double parse_number(std::string_view text, std::string_view what);

/// @throws ConfigError naming `what`, the value and the range unless low <= value <= high.
void check_range(double value, double low, double high, std::string_view what);

}  // namespace draftstream
