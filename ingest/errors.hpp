// What is thrown when the world, and not the program, is at fault.
#pragma once

#include <stdexcept>
#include <string>

namespace draftstream {

/// Input that cannot be trusted. Ends the program with exit status 65 (EX_DATAERR).
/// Its text is one sentence: "FILE: PLACE: found X, expected Y".
class InputError : public std::runtime_error {
 public:
  /// @param place  Where: "byte 26", "header of HDU SUBINT", "row 12". May be empty.
  InputError(const std::string& place, const std::string& found, const std::string& expected)
      : std::runtime_error{(place.empty() ? "" : place + ": ") + "found " + found + ", expected " +
                           expected} {}

  /// The same fault, now with the name of its file in front. Parsers know bytes; callers add names.
  [[nodiscard]] InputError in_file(const std::string& file) const {
    return InputError{file + ": " + what()};
  }

 private:
  explicit InputError(const std::string& text) : std::runtime_error{text} {}
};

/// Input that is not there or cannot be opened. Exit status 66 (EX_NOINPUT).
class MissingInput : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A peer that is not there yet. Exit status 75 (EX_TEMPFAIL).
class TryAgain : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A configuration that cannot be carried out. Exit status 78 (EX_CONFIG).
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace draftstream
