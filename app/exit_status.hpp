// What the program ends with, and the one sentence it ends on.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace draftstream {

/// Exit statuses, after sysexits.h. A run that a signal ended exits with 128 + its number.
enum class ExitStatus : int {
  done = 0,
  failed = 1,             ///< While running: a full disk, a fault of ours.
  bad_usage = 2,          ///< An argument that cannot be carried out.
  bad_data = 65,          ///< Input that cannot be trusted.
  missing_input = 66,     ///< Input that is not there or cannot be read.
  try_again = 75,         ///< A peer is not there yet.
  bad_configuration = 78  ///< A configuration file, or a configuration this observation forbids.
};

[[nodiscard]] constexpr int number(ExitStatus status) noexcept {
  return static_cast<int>(status);
}

/// An argument that cannot be carried out; its text names the argument. Exit status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// @param error  Not null; with nested errors the innermost that has a status of its own decides.
[[nodiscard]] ExitStatus status_of(const std::exception_ptr& error);

/// The texts of an error and of those nested in it, outermost first, joined by ": ", on one line.
[[nodiscard]] std::string sentence_of(const std::exception_ptr& error);

}  // namespace draftstream
