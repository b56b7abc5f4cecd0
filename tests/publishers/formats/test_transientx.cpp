// TransientX's .cands files: what each line says, worked out by hand.
#include "tests/publishers/formats/written_formats.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using test::content;
using test::files_in;
using test::stream_beam;
using test::write;
using test::Written;

TEST_CASE("TransientX: eleven columns between tabs", "[publishers][formats]") {
  Written written{CandidateFormat::transientx};
  const auto names = files_in(written.own);
  REQUIRE(names.size() == 1);
  // 47911.123456789 s are 0.55452689186 of a day; a double of MJD has some ten decimals.
  CHECK_THAT(names[0], StartsWith("night,1_58225.55452689") && EndsWith("_7.cands"));
  Event event = test::sample_event(0);
  event.time.toa = {58225, 43200.0};
  write(written.files, event);
  event.products.push_back({"cutout", "cutouts.h5#3", {}, {}, "complete"});
  FoundCandidate found{event, 0};
  found.file = "with\ttab.fil";
  written.files.write(found);
  CHECK(content(written.own / names[0]) ==
        "7\t1\t58225.500000000000000\t474.80\t2.00\t8.0\t1436\t1500\t-\t01\t/data/night,1.fil\n"
        "7\t2\t58225.500000000000000\t474.80\t2.00\t8.0\t1436\t1500\tcutouts.h5#3\t01\t"
        "with tab.fil\n");
}

TEST_CASE("TransientX: a stream without a beam", "[publishers][formats]") {
  Written written{CandidateFormat::transientx, {stream_beam()}};
  const auto names = files_in(written.own);
  REQUIRE(names.size() == 1);
  CHECK_THAT(names[0], StartsWith("parkes-obs_58225.55452689") && EndsWith("_unknown.cands"));
  const Event event = test::sample_event(0);
  written.files.write({event, 0});
  CHECK_THAT(content(written.own / names[0]), StartsWith("unknown\t1\t") && EndsWith("\t01\t-\n"));
}
