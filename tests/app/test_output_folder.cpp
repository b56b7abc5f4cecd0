// The folder of results: made, owned, not taken from others.
#include <filesystem>

#include "app/exit_status.hpp"
#include "app/output_folder.hpp"
#include "ingest/errors.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::TemporaryFolder;

TEST_CASE("the default folder is called like the recording", "[app][output_folder]") {
  CHECK(default_folder("/data/a.b.fil") == "a.b.draftstream");
  CHECK(default_folder("x") == "x.draftstream");
}

TEST_CASE("the output folder is made with those above it", "[app][output_folder]") {
  const TemporaryFolder folder;
  const OutputFolder output{folder.file("deep/er")};
  CHECK(std::filesystem::is_directory(folder.file("deep/er")));
  CHECK_FALSE(output.replaces());
}

TEST_CASE("one folder belongs to one run at a time", "[app][output_folder]") {
  const TemporaryFolder folder;
  {
    const OutputFolder first{folder.path()};
    CHECK_THROWS_AS(OutputFolder{folder.path()}, TryAgain);
  }
  CHECK_NOTHROW(OutputFolder{folder.path()});
}

TEST_CASE("earlier results are replaced, other people's files are not", "[app][output_folder]") {
  const TemporaryFolder folder;
  test::write_file(folder.file("candidates.csv"), "event_id,snr\n");
  test::write_file(folder.file("notes.txt"), "mine");
  CHECK(OutputFolder{folder.path()}.replaces());
  test::write_file(folder.file("candidates.csv"), "");  // a run that was killed at once
  CHECK(OutputFolder{folder.path()}.replaces());
  test::write_file(folder.file("candidates.csv"), "name,mark\n");
  CHECK_THROWS_AS(OutputFolder{folder.path()}, UsageError);
  CHECK(test::content(folder.file("candidates.csv")) == "name,mark\n");
  CHECK(test::content(folder.file("notes.txt")) == "mine");
}

TEST_CASE("a folder called formats is ours only beside our results", "[app][output_folder]") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("formats"));
  CHECK_FALSE(OutputFolder{folder.path()}.replaces());  // nothing is in it
  test::write_file(folder.file("formats/a.cand"), "mine");
  CHECK_THROWS_WITH(OutputFolder{folder.path()},
                    ContainsSubstring("formats: found a file that is no result"));
  test::write_file(folder.file("candidates.csv"), "event_id,snr\n");
  CHECK(OutputFolder{folder.path()}.replaces());
  CHECK(test::content(folder.file("formats/a.cand")) == "mine");
}

TEST_CASE("a file where pictures would lie is refused", "[app][output_folder]") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("chunks"));
  CHECK_NOTHROW(OutputFolder{folder.path()});
  std::filesystem::remove(folder.file("chunks"));
  test::write_file(folder.file("chunks"), "mine");
  const bool beside_results = GENERATE(false, true);
  if (beside_results) test::write_file(folder.file("candidates.csv"), "event_id,snr\n");
  CHECK_THROWS_WITH(OutputFolder{folder.path()},
                    ContainsSubstring("chunks: found a file that is no result"));
  CHECK(test::content(folder.file("chunks")) == "mine");
}

TEST_CASE("a folder that cannot be made is an error that names it", "[app][output_folder]") {
  const TemporaryFolder folder;
  test::write_file(folder.file("file"), "x");
  CHECK_THROWS_WITH(OutputFolder{folder.file("file")},
                    ContainsSubstring("cannot become the output folder"));
  CHECK_THROWS_WITH(OutputFolder{folder.file("file/below")},
                    ContainsSubstring("cannot become the output folder"));
}
