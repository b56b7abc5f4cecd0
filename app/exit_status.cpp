#include "app/exit_status.hpp"

#include <algorithm>
#include <new>
#include <optional>
#include <system_error>

#include "ingest/errors.hpp"
#include "publishers/cutouts/cutout_store.hpp"

namespace draftstream {
namespace {

std::optional<ExitStatus> own_status(const std::exception& error) {
  if (dynamic_cast<const UsageError*>(&error) != nullptr) return ExitStatus::bad_usage;
  if (dynamic_cast<const InputError*>(&error) != nullptr) return ExitStatus::bad_data;
  if (dynamic_cast<const MissingInput*>(&error) != nullptr) return ExitStatus::missing_input;
  if (dynamic_cast<const TryAgain*>(&error) != nullptr) return ExitStatus::try_again;
  if (dynamic_cast<const StoreBusy*>(&error) != nullptr) return ExitStatus::try_again;
  if (dynamic_cast<const ConfigError*>(&error) != nullptr) return ExitStatus::bad_configuration;
  return std::nullopt;
}

// What the standard library says of memory and threads names neither.
std::string words_of(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    return "found too little memory, expected what draftstream plan says; less is needed by fewer "
           "threads, DMs and beams, and without networks";
  }
  const auto* of_system = dynamic_cast<const std::system_error*>(&error);
  if (of_system != nullptr && of_system->what() == of_system->code().message() &&
      of_system->code() == std::errc::resource_unavailable_try_again) {
    return "found no room for another thread: memory (ulimit -v) or their number (ulimit -u) is "
           "too small; --threads takes fewer";
  }
  return error.what();
}

// Calls `visit` with an error and then with each one nested in it.
template <class Visit>
void for_each_nested(const std::exception_ptr& outermost, Visit visit) {
  std::exception_ptr error = outermost;
  while (error != nullptr) {
    std::exception_ptr inner;
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& caught) {
      visit(&caught);
      if (const auto* nested = dynamic_cast<const std::nested_exception*>(&caught)) {
        inner = nested->nested_ptr();
      }
    } catch (...) {
      visit(static_cast<const std::exception*>(nullptr));
    }
    error = inner;
  }
}

}  // namespace

ExitStatus status_of(const std::exception_ptr& error) {
  ExitStatus status = ExitStatus::failed;
  for_each_nested(error, [&](const std::exception* one) {
    if (one != nullptr) status = own_status(*one).value_or(status);
  });
  return status;
}

std::string sentence_of(const std::exception_ptr& error) {
  std::string sentence;
  for_each_nested(error, [&](const std::exception* one) {
    if (!sentence.empty()) sentence += ": ";
    sentence += one != nullptr ? words_of(*one) : "an error of unknown type";
  });
  std::replace_if(
      sentence.begin(), sentence.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return sentence;
}

}  // namespace draftstream
