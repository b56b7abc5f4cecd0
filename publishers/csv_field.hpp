// A field of CSV.
#pragma once

#include <string>
#include <string_view>

namespace draftstream {

/// The text as a field: in quotes where it holds a comma, a quote or a line break.
/// @source RFC 4180, section 2, rules 5 to 7.
std::string csv_field(std::string_view text);

}  // namespace draftstream
