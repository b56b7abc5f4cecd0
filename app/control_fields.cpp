#include "app/control_fields.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace draftstream {

UsageError refused(const std::string& field, const std::string& found,
                   const std::string& expected) {
  return UsageError{fmt::format("{}: found {}, expected {}", field, found, expected)};
}

std::string shown(const ControlJson& value) {
  constexpr std::size_t most = 40;
  std::string text = value.dump(-1, ' ', false, ControlJson::error_handler_t::replace);
  if (text.size() > most) text = text.substr(0, most) + "...";
  return text;
}

ControlJson parse_request(std::string_view request) {
  ControlJson json = ControlJson::parse(request, nullptr, false);
  if (!json.is_object()) {
    throw refused("request", json.is_discarded() ? "no JSON" : shown(json),
                  "an object such as {\"op\":\"status\"}, in one frame");
  }
  return json;
}

void check_fields(const ControlJson& request, std::initializer_list<std::string_view> known) {
  for (const auto& [field, value] : request.items()) {
    if (field == "op" || std::ranges::find(known, field) != known.end()) continue;
    throw refused(fmt::format("field '{}'", field), shown(value),
                  known.size() == 0 ? std::string{"none but 'op'"}
                                    : fmt::format("none but 'op', {}", fmt::join(known, ", ")));
  }
}

std::string text_of(const ControlJson& request, const char* field, const char* expected) {
  if (!request.contains(field)) return "";
  if (!request[field].is_string()) throw refused(field, shown(request[field]), expected);
  return request[field].get<std::string>();
}

double number_of(const ControlJson& request, const char* field, const char* expected) {
  const ControlJson value = request.value(field, ControlJson());
  if (!value.is_number()) throw refused(field, shown(value), expected);
  return value.get<double>();
}

}  // namespace draftstream
