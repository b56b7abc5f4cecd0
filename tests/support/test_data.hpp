// Where the real recordings lie, which are no part of the project.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "tests/support/source_folder.hpp"

namespace draftstream::test {

/// Path of a file of the test data ($DRAFTSTREAM_TEST_DATA, else ../shared/data beside the
/// project), or nothing where it is absent.
inline std::optional<std::string> test_data(const std::string& file) {
  const char* set = std::getenv("DRAFTSTREAM_TEST_DATA");
  const std::filesystem::path folder =
      set != nullptr ? std::filesystem::path{set} : source_folder() / ".." / "shared" / "data";
  const auto path = folder / file;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path.string();
}

}  // namespace draftstream::test
