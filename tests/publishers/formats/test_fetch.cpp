// FETCH's table and images of candidates: what they say, worked out by hand.
#include <filesystem>
#include <string>
#include <vector>

#include "tests/publishers/formats/written_formats.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"

namespace fs = std::filesystem;
using namespace draftstream;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using test::content;
using test::files_in;
using test::Written;

TEST_CASE("FETCH: the table of your_candmaker.py", "[publishers][formats]") {
  Written written{CandidateFormat::fetch};
  Event event = test::sample_event(0);
  event.classifier.label = "burst";
  FoundCandidate found{event, 0};
  found.file = "/data/night,1.fil";
  found.file_first = 8000;  // 2 s
  written.files.write(found);
  const std::string header = "file,snr,stime,width,dm,label,chan_mask_path,num_files\n";
  const std::string row = content(written.own / "cand.csv").substr(header.size());
  CHECK_THAT(row, StartsWith("\"/data/night,1.fil\",8,0.028"));
  CHECK_THAT(row, EndsWith(",3,474.8,1,,1\n"));
  CHECK(files_in(written.own) == std::vector<std::string>{"cand.csv", "results_draftstream.csv"});
}

TEST_CASE("FETCH: an image of each candidate with a cutout, and its verdict",
          "[publishers][formats]") {
  Written written{CandidateFormat::fetch};
  Cutout cutout;
  cutout.info.start_mjd_utc = 58225.5;
  cutout.patch.resize(default_cutout_format().patch->bytes(), std::byte{20});
  for (const double probability : {0.75, 0.5, 0.25}) {
    Event event = test::sample_event(0);
    event.classifier.probability = probability;
    cutout.info.snr = probability;
    FoundCandidate found{event, 0};
    found.cutout = &cutout;
    written.files.write(found);
  }
  const std::string name =
      "cand_tstart_58225.500000000000_tcand_0.0000000_dm_0.00000_snr_0.75000.h5";
  CHECK(files_in(written.own).size() == 5);
  CHECK(fs::file_size(written.own / name) > 1000);
  const std::string results = content(written.own / "results_draftstream.csv");
  CHECK_THAT(results, StartsWith(",candidate,probability,label\n0," + name + ",0.75,1\n1,"));
  CHECK_THAT(results, ContainsSubstring("_snr_0.50000.h5,0.5,1\n2,"));
  CHECK_THAT(results, EndsWith("_snr_0.25000.h5,0.25,0\n"));
}
