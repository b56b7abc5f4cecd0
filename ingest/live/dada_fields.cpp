#include "ingest/live/dada_fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::string_view line_ends = "\n\r\\";

// Names in UTF-8 are text, too.
bool is_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

std::string printable(std::string_view text) {
  std::string all{text};
  std::replace_if(
      all.begin(), all.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7e; }, '?');
  return all;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// A '#' inside a word belongs to it.
std::string_view without_comment(std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '#' && (i == 0 || blanks.find(value[i - 1]) != std::string_view::npos)) {
      return value.substr(0, i);
    }
  }
  return value;
}

std::string place(std::string_view key) {
  return fmt::format("key {}", key);
}

// Quoted, and no longer than a sentence bears.
std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 60;
  return text.size() <= longest ? fmt::format("'{}'", text)
                                : fmt::format("'{}...'", text.substr(0, longest));
}

}  // namespace

DadaFields::DadaFields(std::string_view header) {
  header = header.substr(0, header.find('\0'));
  const auto odd = std::find_if_not(header.begin(), header.end(), is_text);
  if (odd != header.end()) {
    throw InputError(fmt::format("byte {}", odd - header.begin()),
                     fmt::format("byte 0x{:02x}", static_cast<unsigned char>(*odd)),
                     "the text of a DADA header");
  }
  while (!header.empty()) {
    const auto end = std::min(header.find_first_of(line_ends), header.size());
    const std::string_view line = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));

    const auto blank = line.find_first_of(blanks);
    if (blank == 0 || blank == std::string_view::npos || line.front() == '#') continue;
    const std::string value = printable(trimmed(without_comment(line.substr(blank))));
    const auto [at, is_new] = values_.emplace(line.substr(0, blank), Value{value, std::nullopt});
    if (!is_new && at->second.text != value) at->second.other = value;
  }
}

const std::string* DadaFields::find(std::string_view key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return nullptr;
  const Value& value = found->second;
  if (value.other) {
    throw InputError(place(key), quoted(*value.other), quoted(value.text) + ", as further up");
  }
  return &value.text;
}

std::string DadaFields::text(std::string_view key) const {
  const std::string* value = find(key);
  if (value == nullptr) return "";
  std::string lower = *value;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  constexpr std::array nothing{"unknown", "unset", "none"};
  const bool unknown = std::find(nothing.begin(), nothing.end(), lower) != nothing.end();
  return unknown ? "" : *value;
}

std::optional<double> DadaFields::number(std::string_view key) const {
  const std::string* value = find(key);
  if (value == nullptr) return std::nullopt;
  const char* const end = value->data() + value->size();
  const char* const begin = value->data() + (value->starts_with('+') ? 1 : 0);
  double number = 0.0;
  const auto read = std::from_chars(begin, end, number);
  if (read.ec != std::errc{} || read.ptr != end || !std::isfinite(number)) {
    refuse(key, "a number");
  }
  return number;
}

std::optional<std::int64_t> DadaFields::integer(std::string_view key) const {
  const std::string* value = find(key);
  if (value == nullptr) return std::nullopt;
  const char* const end = value->data() + value->size();
  const char* const begin = value->data() + (value->starts_with('+') ? 1 : 0);
  std::int64_t number = 0;
  const auto read = std::from_chars(begin, end, number);
  if (read.ec != std::errc{} || read.ptr != end) refuse(key, "a whole number");
  return number;
}

double DadaFields::require(std::string_view key, double lowest, double highest) const {
  const std::string expected = fmt::format("{} to {}", lowest, highest);
  const auto value = number(key);
  if (!value) throw InputError(place(key), "no such key", expected);
  if (!(*value >= lowest && *value <= highest)) refuse(key, expected);
  return *value;
}

std::int64_t DadaFields::require_integer(std::string_view key, std::int64_t lowest,
                                         std::int64_t highest) const {
  const std::string expected = fmt::format("{} to {}", lowest, highest);
  const auto value = integer(key);
  if (!value) throw InputError(place(key), "no such key", expected);
  if (*value < lowest || *value > highest) refuse(key, expected);
  return *value;
}

void DadaFields::refuse(std::string_view key, const std::string& expected) const {
  const std::string* value = find(key);
  throw InputError(place(key), value == nullptr ? "no such key" : quoted(*value), expected);
}

}  // namespace draftstream
