// Reading JSON that a stranger may have written: every fault is named by its place.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ingest/errors.hpp"

namespace draftstream {

/// One JSON object and the way to it, for messages. A view: the document must outlive it.
class JsonFields {
 public:
  /// @throws InputError if `object` is none.
  JsonFields(const nlohmann::json& object, std::string path)
      : object_{&object}, path_{std::move(path)} {
    if (!object.is_object()) {
      throw InputError(path_, fmt::format("{} {}", object.type_name(), shown(object)), "an object");
    }
  }

  /// All of these: @throws InputError if the field is absent, of another type or out of range.
  [[nodiscard]] double number(const char* key, double low, double high) const {
    const auto& value = at(key);
    if (!value.is_number()) throw wrong(key, value, "a number");
    const auto found = value.get<double>();
    if (!(found >= low && found <= high)) {
      throw wrong(key, value, fmt::format("{} to {}", low, high));
    }
    return found;
  }
  [[nodiscard]] bool has(const char* key) const { return object_->contains(key); }
  [[nodiscard]] std::uint64_t count(const char* key, std::uint64_t low, std::uint64_t high) const {
    const auto& value = at(key);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() < low ||
        value.get<std::uint64_t>() > high) {
      throw wrong(key, value, fmt::format("a whole number, {} to {}", low, high));
    }
    return value.get<std::uint64_t>();
  }
  [[nodiscard]] std::string text(const char* key) const {
    const auto& value = at(key);
    if (!value.is_string()) throw wrong(key, value, "a string");
    return value.get<std::string>();
  }
  [[nodiscard]] const nlohmann::json& array(const char* key) const {
    const auto& value = at(key);
    if (!value.is_array()) throw wrong(key, value, "an array");
    return value;
  }
  [[nodiscard]] JsonFields object(const char* key) const { return {at(key), path_of(key)}; }

  [[nodiscard]] const nlohmann::json& at(const char* key) const {
    const auto found = object_->find(key);
    if (found == object_->end()) {
      throw InputError(path_.empty() ? "truth" : path_, "no field", fmt::format("'{}'", key));
    }
    return *found;
  }
  [[nodiscard]] std::string path_of(const char* key) const {
    return path_.empty() ? key : path_ + "." + key;
  }
  [[nodiscard]] InputError wrong(const char* key, const nlohmann::json& value,
                                 const std::string& expected) const {
    return {path_of(key), shown(value), expected};
  }

 private:
  // Short, and valid UTF-8 whatever the value holds.
  static std::string shown(const nlohmann::json& value) {
    const std::string text =
        value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);  // ASCII
    return text.size() <= 40 ? text : text.substr(0, 37) + "...";
  }

  const nlohmann::json* object_;
  std::string path_;
};

}  // namespace draftstream
