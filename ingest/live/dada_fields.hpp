// The text of a DADA header, taken apart into keys and values. Nothing is interpreted here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace draftstream {

/// The keys of a DADA header. A line is `KEY value # comment`; a key counts only at the start of a
/// line (or behind a backslash) and before a blank; the first NUL ends the text. Values are
/// printable ASCII: what is not becomes '?'.
///
/// @source PSRDADA, ascii_header; the header block of a ring, and the head of a DADA file.
class DadaFields {
 public:
  /// @throws InputError if a control character shows that this is no text. All others throw
  ///         InputError, too, if the key they ask for stands there twice with different values.
  explicit DadaFields(std::string_view header);

  [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
  /// Everything behind the key, without comment and blanks around it; "" where it is missing or
  /// says "unknown", "unset" or "none".
  [[nodiscard]] std::string text(std::string_view key) const;
  /// @throws InputError naming the key if its value is no finite number.
  [[nodiscard]] std::optional<double> number(std::string_view key) const;
  /// @throws InputError naming the key if its value is no whole number of 63 bits.
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key) const;
  /// @throws InputError as number(), or if the key is missing or outside `lowest` to `highest`.
  [[nodiscard]] double require(std::string_view key, double lowest, double highest) const;
  [[nodiscard]] std::int64_t require_integer(std::string_view key, std::int64_t lowest,
                                             std::int64_t highest) const;

  /// Throws the InputError for a value that makes no sense: "key TSAMP: found '0', expected ...".
  [[noreturn]] void refuse(std::string_view key, const std::string& expected) const;

 private:
  struct Value {
    std::string text;
    std::optional<std::string> other;  // the key stands there again, with this
  };
  [[nodiscard]] const std::string* find(std::string_view key) const;

  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace draftstream
