// Files that grow by whole records, and files that are replaced whole.
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

#include "publishers/append_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::TemporaryFolder;

namespace {

std::string file_text(const std::string& path) {
  std::ifstream file{path};
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("records are in the file at once", "[publishers][append_file]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("candidates.jsonl");
  AppendFile file{path, Existing::replace};
  std::string expected;
  for (int i = 0; i < 5; ++i) {
    const std::string record = std::string(static_cast<std::size_t>(i) * 100, 'x') + "\n";
    file.append(record);
    expected += record;
    CHECK(file_text(path) == expected);  // before any sync
    CHECK(file.size() == expected.size());
  }
  CHECK_NOTHROW(file.sync());
}

TEST_CASE("an old file is replaced or continued", "[publishers][append_file]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("candidates.jsonl");
  AppendFile{path, Existing::replace}.append("one\n");
  AppendFile{path, Existing::append}.append("two\n");
  CHECK(file_text(path) == "one\ntwo\n");
  const AppendFile file{path, Existing::replace};
  CHECK(file_text(path).empty());
}

TEST_CASE("what cannot be written is refused by name and leaves nothing",
          "[publishers][append_file]") {
  CHECK_THROWS_WITH((AppendFile{"/nonexistent/candidates.jsonl", Existing::replace}),
                    ContainsSubstring("/nonexistent/candidates.jsonl"));
  AppendFile full{"/dev/full", Existing::append};
  CHECK_THROWS_AS(full.append("x"), std::system_error);
  CHECK(full.size() == 0);
}

TEST_CASE("a file is replaced whole", "[publishers][append_file]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("summary.json");
  write_atomically(path, "first");
  CHECK(file_text(path) == "first");
  write_atomically(path, "2");
  CHECK(file_text(path) == "2");
  CHECK_FALSE(std::filesystem::exists(path + ".tmp"));
  CHECK_THROWS_AS(write_atomically("/nonexistent/summary.json", "x"), std::system_error);
}
