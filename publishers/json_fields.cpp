#include "publishers/json_fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "publishers/iso8601.hpp"

namespace draftstream {
namespace {

// What was found, short enough for one sentence, whatever it is.
std::string excerpt(const nlohmann::json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  constexpr std::size_t longest = 60;
  std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (text.size() > longest) text = text.substr(0, longest) + "...";
  return text;
}

bool is_count(const nlohmann::json& value, std::uint64_t low, std::uint64_t high) {
  // A negative number is stored as signed, all others as unsigned.
  if (!value.is_number_unsigned()) return false;
  const auto number = value.get<std::uint64_t>();
  return number >= low && number <= high;
}

}  // namespace

double required_number(double value, std::string_view field) {
  if (!std::isfinite(value)) {
    throw std::invalid_argument(fmt::format("event: {} is {}, must be finite", field, value));
  }
  return value;
}

std::string one_line(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

OrderedJson ledger_json(const Ledger& ledger) {
  OrderedJson json{{"expected", ledger.expected()}};
  for (std::size_t i = 0; i < fates; ++i) {
    const auto fate = static_cast<Fate>(i);
    json[std::string{name(fate)}] = ledger[fate];
  }
  json["balanced"] = ledger.balanced();
  return json;
}

nlohmann::json parse_object(std::string_view text) {
  nlohmann::json parsed;
  try {
    parsed = nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    throw InputError(fmt::format("byte {}", error.byte), "text that is not JSON", "a JSON object");
  } catch (const nlohmann::json::exception&) {
    // The only other fault while parsing: a number beyond any double.
    throw InputError("", "a number that is out of range", "numbers that fit a double");
  }
  if (!parsed.is_object()) throw InputError("", excerpt(parsed), "a JSON object");
  return parsed;
}

const nlohmann::json* FieldReader::find(const char* key) const {
  const auto found = object_.find(key);
  if (found == object_.end() || found->is_null()) return nullptr;
  return &*found;
}

std::string FieldReader::path(const char* key) const {
  return place_.empty() ? key : place_ + "." + key;
}

InputError FieldReader::fault(const char* key, const std::string& expected) const {
  const auto found = object_.find(key);
  return InputError{"field " + path(key), found == object_.end() ? "nothing" : excerpt(*found),
                    expected};
}

FieldReader FieldReader::object(const char* key) const {
  const auto* value = find(key);
  if (value == nullptr || !value->is_object()) throw fault(key, "an object");
  return FieldReader{*value, path(key)};
}

std::optional<std::string> FieldReader::maybe_text(const char* key) const {
  const auto* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) throw fault(key, "a string");
  return value->get<std::string>();
}

std::string FieldReader::text(const char* key) const {
  auto value = maybe_text(key);
  if (!value) throw fault(key, "a string");
  return *std::move(value);
}

std::optional<double> FieldReader::maybe_number(const char* key) const {
  const auto* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) throw fault(key, "a number");
  return value->get<double>();
}

double FieldReader::number(const char* key) const {
  const auto value = maybe_number(key);
  if (!value) throw fault(key, "a number");
  return *value;
}

std::optional<std::uint64_t> FieldReader::maybe_count(const char* key, std::uint64_t high) const {
  const auto* value = find(key);
  if (value == nullptr) return std::nullopt;
  return count(key, 0, high);
}

std::uint64_t FieldReader::count(const char* key, std::uint64_t low, std::uint64_t high) const {
  const auto* value = find(key);
  if (value == nullptr || !is_count(*value, low, high)) {
    throw fault(key, fmt::format("an integer from {} to {}", low, high));
  }
  return value->get<std::uint64_t>();
}

bool FieldReader::truth(const char* key) const {
  const auto* value = find(key);
  if (value == nullptr || !value->is_boolean()) throw fault(key, "true or false");
  return value->get<bool>();
}

UtcInstant FieldReader::instant(const char* key) const {
  const auto* value = find(key);
  const auto parsed = value != nullptr && value->is_string()
                          ? parse_iso8601(value->get_ref<const std::string&>())
                          : std::nullopt;
  if (!parsed) throw fault(key, "a time like 2018-04-17T13:18:31.123456789Z");
  return *parsed;
}

std::optional<FieldReader> FieldReader::maybe_object(const char* key) const {
  if (find(key) == nullptr) return std::nullopt;
  return object(key);
}

std::vector<FieldReader> FieldReader::maybe_objects(const char* key) const {
  std::vector<FieldReader> readers;
  const auto* value = find(key);
  if (value == nullptr) return readers;
  if (!value->is_array()) throw fault(key, "an array of objects");
  for (std::size_t i = 0; i < value->size(); ++i) {
    if (!(*value)[i].is_object()) throw fault(key, "an array of objects");
    readers.emplace_back((*value)[i], fmt::format("{}[{}]", path(key), i));
  }
  return readers;
}

std::vector<std::string> FieldReader::texts(const char* key) const {
  std::vector<std::string> texts;
  const auto* value = find(key);
  if (value == nullptr || !value->is_array()) throw fault(key, "an array of strings");
  for (const auto& item : *value) {
    if (!item.is_string()) throw fault(key, "an array of strings");
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

std::vector<std::string> FieldReader::maybe_texts(const char* key) const {
  return find(key) == nullptr ? std::vector<std::string>{} : texts(key);
}

std::vector<std::uint64_t> FieldReader::counts(const char* key) const {
  std::vector<std::uint64_t> counts;
  const auto* value = find(key);
  if (value == nullptr || !value->is_array()) throw fault(key, "an array of counts");
  for (const auto& item : *value) {
    if (!is_count(item, 0, largest_json_integer)) throw fault(key, "an array of counts");
    counts.push_back(item.get<std::uint64_t>());
  }
  return counts;
}

std::size_t FieldReader::one_of(const char* key, const std::vector<std::string_view>& names) const {
  const auto* value = find(key);
  if (value != nullptr && value->is_string()) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (value->get_ref<const std::string&>() == names[i]) return i;
    }
  }
  throw fault(key, fmt::format("one of {}", fmt::join(names, ", ")));
}

void check_schema(const FieldReader& message) {
  constexpr std::string_view ours = "frb-event/1.";
  if (message.text("schema").substr(0, ours.size()) != ours) {
    throw message.fault("schema", "frb-event/1.x.y");
  }
}

}  // namespace draftstream
