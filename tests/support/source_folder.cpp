#include "tests/support/source_folder.hpp"

namespace draftstream::test {

std::filesystem::path source_folder() {
  return DRAFTSTREAM_SOURCE_DIR;
}

}  // namespace draftstream::test
