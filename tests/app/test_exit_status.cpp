// Errors to exit statuses and sentences.
#include <exception>
#include <new>
#include <stdexcept>
#include <system_error>

#include "app/exit_status.hpp"
#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

template <class Error>
std::exception_ptr nested(const Error& inner, const std::string& outer) {
  try {
    try {
      throw inner;
    } catch (const Error&) {
      std::throw_with_nested(std::runtime_error(outer));
    }
  } catch (...) {
    return std::current_exception();
  }
}

}  // namespace

TEST_CASE("every kind of error has its exit status", "[app][exit_status]") {
  CHECK(number(status_of(std::make_exception_ptr(std::runtime_error("x")))) == 1);
  CHECK(number(status_of(std::make_exception_ptr(UsageError("x")))) == 2);
  CHECK(number(status_of(std::make_exception_ptr(InputError("a", "b", "c")))) == 65);
  CHECK(number(status_of(std::make_exception_ptr(MissingInput("x")))) == 66);
  CHECK(number(status_of(std::make_exception_ptr(TryAgain("x")))) == 75);
  CHECK(number(status_of(std::make_exception_ptr(ConfigError("x")))) == 78);
  CHECK(number(status_of(std::make_exception_ptr(7))) == 1);
}

TEST_CASE("nested errors are one line, and the inner one decides", "[app][exit_status]") {
  const auto error = nested(InputError("byte 26", "nchans = 0", "1 to 1048576"), "a.fil");
  CHECK(sentence_of(error) == "a.fil: byte 26: found nchans = 0, expected 1 to 1048576");
  CHECK(status_of(error) == ExitStatus::bad_data);
  CHECK(sentence_of(std::make_exception_ptr(std::runtime_error("two\nlines"))) == "two lines");
  CHECK(sentence_of(std::make_exception_ptr(7)) == "an error of unknown type");
}

TEST_CASE("what the library says of memory and threads is a sentence", "[app][exit_status]") {
  CHECK_THAT(sentence_of(std::make_exception_ptr(std::bad_alloc{})),
             ContainsSubstring("found too little memory"));
  const auto code = std::make_error_code(std::errc::resource_unavailable_try_again);
  CHECK_THAT(sentence_of(std::make_exception_ptr(std::system_error{code})),
             ContainsSubstring("found no room for another thread"));
  CHECK_THAT(sentence_of(std::make_exception_ptr(std::system_error{code, "a.fil"})),
             ContainsSubstring("a.fil: "));
}
