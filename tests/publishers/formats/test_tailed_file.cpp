// A file that grows in front of its tail.
#include <fstream>
#include <string>

#include "publishers/formats/tailed_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file_content.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::content;
using test::TemporaryFolder;

TEST_CASE("a file with a tail grows in front of it", "[publishers][formats]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.txt");
  std::ofstream{path} << std::string(1000, 'x');
  TailedFile file{path, "head\n", "tail\n"};
  CHECK(content(path) == "head\ntail\n");
  file.append("one\n");
  file.append("");
  file.append("two\n");
  CHECK(content(path) == "head\none\ntwo\ntail\n");
  CHECK_THROWS_WITH((TailedFile{"/nonexistent/a.txt", "", ""}),
                    ContainsSubstring("/nonexistent/a.txt: cannot be opened"));
  CHECK_THROWS_WITH((TailedFile{"/dev/full", "head", "tail"}),
                    ContainsSubstring("/dev/full: cannot be written"));
}
