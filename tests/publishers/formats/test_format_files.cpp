// Formats of other programs side by side: several beams, injections, files of an earlier run.
// Readers of these formats are in tests/app/read_formats.py.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/publishers/formats/written_formats.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fs = std::filesystem;
using namespace draftstream;
using Catch::Matchers::EndsWith;
using test::content;
using test::files_in;
using test::sample_beam;
using test::TemporaryFolder;
using test::write;

TEST_CASE("names of formats are read back", "[publishers][formats]") {
  for (const CandidateFormat format : candidate_formats) {
    CHECK(candidate_format(name(format)) == format);
  }
  CHECK_FALSE(candidate_format("Heimdall"));
  CHECK_FALSE(candidate_format(""));
}

TEST_CASE("injected bursts are only where a column tells them", "[publishers][formats]") {
  const TemporaryFolder folder;
  FormatFiles files{folder.path(), candidate_formats, {sample_beam()}};
  const auto before = files_in(folder.path());
  std::vector<std::string> texts;
  for (const auto& file : before) texts.push_back(content(folder.file(file)));
  Event event = test::sample_event(1);
  event.injection = {true, "injection-7"};
  write(files, event);
  CHECK(files_in(folder.path()) == before);
  for (std::size_t i = 0; i < before.size(); ++i) {
    CAPTURE(before[i]);
    const bool tells = before[i] == "votable/candidates.vot";
    CHECK((content(folder.file(before[i])) != texts[i]) == tells);
  }
  CHECK_THAT(content(folder.file("votable/candidates.vot")),
             ContainsSubstring("<TD>injection-7</TD></TR>"));
}

TEST_CASE("beams of one name do not share files", "[publishers][formats]") {
  const TemporaryFolder folder;
  FormatBeam other = sample_beam();
  other.observation.beam = 3;
  FormatFiles files{folder.path(), candidate_formats, {sample_beam(), other}};
  Event event = test::sample_event(1);
  write(files, event, 1);
  for (const char* file : {"presto/b0003/night,1_DM475.13.singlepulse", "fetch/b0003/cand.csv",
                           "drafts++/b0003/Summary/night,1/night,1.candidates.csv",
                           "heimdall/2018-04-17-13:18:31_03.cand"}) {
    CAPTURE(file);
    CHECK_THAT(content(folder.file(file)), ContainsSubstring("475.13"));
  }
  CHECK(fs::is_empty(folder.file("heimdall/2018-04-17-13:18:31_07.cand")));
  CHECK_THAT(content(folder.file("fetch/b0007/cand.csv")), EndsWith("num_files\n"));
  CHECK_FALSE(fs::exists(folder.file("presto/b0007/night,1_DM475.13.singlepulse")));
}

TEST_CASE("files of an earlier run go, others stay", "[publishers][formats]") {
  const TemporaryFolder folder;
  {
    FormatFiles files{folder.path(), candidate_formats, {sample_beam()}};
    write(files, test::sample_event(1));
  }
  std::ofstream{folder.file("presto/notes.txt")} << "mine";
  const std::vector<CandidateFormat> one{CandidateFormat::votable};
  const FormatFiles again{folder.path(), one, {sample_beam()}};
  CHECK(files_in(folder.path()) ==
        std::vector<std::string>{"presto/notes.txt", "votable/candidates.vot"});
  CHECK_FALSE(fs::exists(folder.file("drafts++")));
  const FormatFiles none{folder.path(), {}, {sample_beam()}};
  CHECK(files_in(folder.path()) == std::vector<std::string>{"presto/notes.txt"});
}

TEST_CASE("without a format there is no folder", "[publishers][formats]") {
  const TemporaryFolder folder;
  const FormatFiles none{folder.file("formats"), {}, {sample_beam()}};
  CHECK_FALSE(fs::exists(folder.file("formats")));
}

TEST_CASE("a file that cannot be made is named", "[publishers][formats]") {
  for (const CandidateFormat format : candidate_formats) {
    CAPTURE(name(format));
    const TemporaryFolder folder;
    const std::vector<CandidateFormat> one{format};
    std::ofstream{folder.file(std::string{name(format)})} << "a file where a folder must be";
    CHECK_THROWS_WITH((FormatFiles{folder.path(), one, {sample_beam()}}),
                      ContainsSubstring(folder.file(std::string{name(format)})));
  }
}
