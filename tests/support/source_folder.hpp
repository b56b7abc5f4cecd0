// Where the sources lie: golden files and, beside them, the test data.
#pragma once

#include <filesystem>

namespace draftstream::test {

std::filesystem::path source_folder();

}  // namespace draftstream::test
