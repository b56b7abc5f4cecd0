// Requests of operators, taken apart field by field.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "app/exit_status.hpp"

namespace draftstream {

using ControlJson = nlohmann::ordered_json;

/// A request that cannot be carried out; its text is the answer's.
UsageError refused(const std::string& field, const std::string& found, const std::string& expected);

/// As JSON, cut short.
std::string shown(const ControlJson& value);

/// @throws UsageError if it is no JSON object.
ControlJson parse_request(std::string_view request);

/// @throws UsageError naming a field that is neither `op` nor known.
void check_fields(const ControlJson& request, std::initializer_list<std::string_view> known);

/// @return "" if it is not there.
/// @throws UsageError unless it is text, saying what was expected.
std::string text_of(const ControlJson& request, const char* field, const char* expected);

/// @throws UsageError unless it is a number, saying what was expected.
double number_of(const ControlJson& request, const char* field, const char* expected);

}  // namespace draftstream
