// One sentence: place, found, expected; the file in front where it is known.
#include <string>

#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {

TEST_CASE("an input error reads as one sentence", "[ingest][errors]") {
  const InputError error{"byte 26", "nchans = 0", "1 to 1048576"};
  CHECK(std::string{error.what()} == "byte 26: found nchans = 0, expected 1 to 1048576");
  CHECK(std::string{error.in_file("a.fil").what()} ==
        "a.fil: byte 26: found nchans = 0, expected 1 to 1048576");
  CHECK(std::string{InputError{"", "a folder", "a file"}.what()} ==
        "found a folder, expected a file");
}

}  // namespace draftstream
