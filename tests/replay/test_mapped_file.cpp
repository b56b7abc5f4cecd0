#include "replay/mapped_file.hpp"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using draftstream::InputError;
using draftstream::MappedFile;
using draftstream::MissingInput;
using draftstream::test::TemporaryFolder;

namespace {

constexpr std::size_t size = 100'000;  // several pages, the last one not whole

std::byte value(std::size_t i) {
  return static_cast<std::byte>((i * 31 + i / 256) % 251);
}

std::string written_file(const TemporaryFolder& folder) {
  std::string path = folder.file("bytes");
  std::ofstream out{path, std::ios::binary};
  for (std::size_t i = 0; i < size; ++i) out.put(static_cast<char>(value(i)));
  return path;
}

bool holds_what_was_written(const MappedFile& file) {
  for (std::size_t i = 0; i < size; ++i) {
    if (file.bytes()[i] != value(i)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("what was forgotten can be read again", "[replay][mapped_file]") {
  const TemporaryFolder folder;
  MappedFile file{written_file(folder)};
  REQUIRE(file.bytes().size() == size);
  CHECK(holds_what_was_written(file));
  file.forget(0, size);
  file.forget(1, 5000);
  file.forget(size - 1, 1);
  file.forget(size + 10, 5);
  CHECK(holds_what_was_written(file));
}

TEST_CASE("a file that shrinks is refused before it is touched", "[replay][mapped_file]") {
  const TemporaryFolder folder;
  const std::string path = written_file(folder);
  const MappedFile file{path};
  CHECK_NOTHROW(file.check_readable(0, size));
  std::filesystem::resize_file(path, 4000);
  CHECK_NOTHROW(file.check_readable(100, 3900));
  CHECK_THROWS_AS(file.check_readable(100, 3901), InputError);
  CHECK_THROWS_WITH(file.check_readable(0, size),
                    path +
                        ": byte 4000: found the end of a file that has been cut since it was "
                        "opened, expected 100000 bytes");
  std::filesystem::resize_file(path, size + 1);  // growing is harmless
  CHECK_NOTHROW(file.check_readable(0, size));
  CHECK_NOTHROW(file.check_readable(size, 0));
}

TEST_CASE("an empty file maps to no bytes", "[replay][mapped_file]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("empty");
  std::ofstream{path} << "";
  CHECK(MappedFile{path}.bytes().empty());
}

TEST_CASE("what cannot be opened is missing input", "[replay][mapped_file]") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(MappedFile{folder.file("nothing")}, MissingInput);
  CHECK_THROWS_WITH(MappedFile{folder.file("nothing")},
                    ContainsSubstring("cannot be read: No such file or directory"));
  CHECK_THROWS_WITH(MappedFile{folder.path()}, ContainsSubstring("Is a directory"));
  CHECK_THROWS_WITH(MappedFile{"/dev/null"}, ContainsSubstring("not a regular file"));
}
