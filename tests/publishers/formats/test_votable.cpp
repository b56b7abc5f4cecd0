// VOTable: what each row says, worked out by hand.
#include <string>

#include "tests/publishers/formats/written_formats.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using Catch::Matchers::EndsWith;
using test::content;
using test::write;
using test::Written;

TEST_CASE("VOTable: whole after each candidate", "[publishers][formats]") {
  Written written{CandidateFormat::votable};
  const auto path = written.own / "candidates.vot";
  const std::string end = "</TABLEDATA></DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n";
  CHECK_THAT(content(path), EndsWith("<DATA><TABLEDATA>\n" + end));
  std::string before = content(path);
  for (std::uint64_t i = 1; i <= 50; ++i) {
    write(written.files, test::sample_event(i));
    const std::string now = content(path);
    CHECK_THAT(now, EndsWith("</TR>\n" + end));
    CHECK(now.substr(0, before.size() - end.size()) ==
          before.substr(0, before.size() - end.size()));
    before = now;
  }
}

TEST_CASE("VOTable: what XML does not allow is taken out", "[publishers][formats]") {
  Written written{CandidateFormat::votable};
  const Event event = test::sample_event(1);
  FoundCandidate found{event, 0};
  found.file = "a<b>&\"c\"\x01\xff\xc3\xa9.fil";
  written.files.write(found);
  CHECK_THAT(content(written.own / "candidates.vot"),
             ContainsSubstring("<TD>a&lt;b&gt;&amp;&quot;c&quot;?\xef\xbf\xbd\xc3\xa9.fil</TD>"));
}
