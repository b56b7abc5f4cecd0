#include "tests/app/draftstream_program.hpp"

namespace draftstream::test {

std::string program_path() {
  return DRAFTSTREAM_PROGRAM;
}

}  // namespace draftstream::test
