// Private to publishers/: taking JSON apart field by field, and putting it together without NaN.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "ingest/errors.hpp"
#include "ingest/ledger.hpp"
#include "ingest/time_axis.hpp"

namespace draftstream {

using OrderedJson = nlohmann::ordered_json;

/// Integers above this are not exact in readers that know only doubles.
inline constexpr std::uint64_t largest_json_integer = (std::uint64_t{1} << 53U) - 1;

/// The value, or null where there is none or it is not finite.
template <class Value>
OrderedJson or_null(const std::optional<Value>& value) {
  if (!value) return nullptr;
  if constexpr (std::is_floating_point_v<Value>) {
    if (!std::isfinite(*value)) return nullptr;
  }
  return *value;
}

/// The text, or null where it is empty.
inline OrderedJson known_text(const std::string& text) {
  return text.empty() ? OrderedJson(nullptr) : OrderedJson(text);
}

/// @throws std::invalid_argument naming the field unless `value` is finite.
double required_number(double value, std::string_view field);

/// One line, invalid UTF-8 replaced by U+FFFD.
std::string one_line(const OrderedJson& json);

/// Counts of all fates, what was expected, and whether both agree.
OrderedJson ledger_json(const Ledger& ledger);

/// @throws InputError with the byte at which it stops being JSON, or if it is no object.
nlohmann::json parse_object(std::string_view text);

/// An object whose fields are read one by one; every complaint names the field.
class FieldReader {
 public:
  explicit FieldReader(const nlohmann::json& object, std::string place = {})
      : object_{object}, place_{std::move(place)} {}

  /// A field that is an object itself.
  /// @throws InputError if it is not there or is something else; so do all below.
  [[nodiscard]] FieldReader object(const char* key) const;

  [[nodiscard]] std::string text(const char* key) const;
  [[nodiscard]] double number(const char* key) const;
  /// In [low, high]; high <= largest_json_integer.
  [[nodiscard]] std::uint64_t count(const char* key, std::uint64_t low = 0,
                                    std::uint64_t high = largest_json_integer) const;
  [[nodiscard]] bool truth(const char* key) const;
  [[nodiscard]] UtcInstant instant(const char* key) const;

  // The same for fields that may be null or absent.
  [[nodiscard]] std::optional<std::string> maybe_text(const char* key) const;
  [[nodiscard]] std::optional<double> maybe_number(const char* key) const;
  [[nodiscard]] std::optional<std::uint64_t> maybe_count(
      const char* key, std::uint64_t high = largest_json_integer) const;

  [[nodiscard]] std::optional<FieldReader> maybe_object(const char* key) const;

  /// Readers of the objects of an array; none if it is null or absent.
  [[nodiscard]] std::vector<FieldReader> maybe_objects(const char* key) const;
  /// Values of an array of strings or of counts.
  [[nodiscard]] std::vector<std::string> texts(const char* key) const;
  [[nodiscard]] std::vector<std::string> maybe_texts(const char* key) const;  ///< None if absent.
  [[nodiscard]] std::vector<std::uint64_t> counts(const char* key) const;

  /// One of the names; @return its index.
  [[nodiscard]] std::size_t one_of(const char* key,
                                   const std::vector<std::string_view>& names) const;

  /// The complaint that `key` holds what it holds and not `expected`.
  [[nodiscard]] InputError fault(const char* key, const std::string& expected) const;

 private:
  [[nodiscard]] const nlohmann::json* find(const char* key) const;  // nullptr if null or absent
  [[nodiscard]] std::string path(const char* key) const;

  const nlohmann::json& object_;
  std::string place_;
};

/// Refuses a schema that is not frb-event of our major version.
/// @throws InputError
void check_schema(const FieldReader& message);

}  // namespace draftstream
