// The tables of DRAFTS++: what each line says, worked out by hand.
#include <string>

#include "tests/publishers/formats/written_formats.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using Catch::Matchers::EndsWith;
using test::content;
using test::sample_beam;
using test::write;
using test::Written;

TEST_CASE("DRAFTS++: the 29 columns", "[publishers][formats]") {
  Written written{CandidateFormat::drafts};
  const auto path = written.own / "Summary/night,1/night,1.candidates.csv";
  const std::string header =
      "file,chunk_id,slice_id,band_id,detection_prob,dm_pc_cm-3,t_sec_dm_time,t_sec_waterfall,"
      "t_sample,mjd_utc,mjd_bary_utc,mjd_bary_tdb,mjd_bary_utc_inf,mjd_bary_tdb_inf,x1,y1,x2,y2,"
      "snr_waterfall,snr_patch_dedispersed,snr_waterfall_linear,snr_patch_dedispersed_linear,"
      "width_ms,class_prob_intensity,is_burst_intensity,class_prob_linear,is_burst_linear,is_burst,"
      "patch_file\n";
  CHECK(content(path) == header);
  Event event = test::sample_event(0);
  event.time.toa = {58225, 43200.0};
  write(written.files, event);
  // Sample 8112 is 112 in chunk 8.
  const std::string unjudged =
      "\"night,1.fil\",8,0,0,,474.80,2.028125,2.028125,112,58225.500000000000,,,,,,,,,,8.00,,,"
      "2.000,,,,,,\n";
  CHECK(content(path) == header + unjudged);
  event.classifier.label = "burst";
  event.classifier.detector_score = 0.5625;
  event.classifier.classifier_score = 1.0;
  event.products.push_back({"cutout", "cutouts.h5#3", {}, {}, "complete"});
  write(written.files, event);
  CHECK_THAT(content(path), EndsWith("\"night,1.fil\",8,0,0,0.562,474.80,2.028125,2.028125,112,"
                                     "58225.500000000000,,,,,,,,,,8.00,,,2.000,1.000,burst,,,burst,"
                                     "cutouts.h5#3\n"));
  event.classifier.label = "interference";
  write(written.files, event);
  CHECK_THAT(content(path), EndsWith("1.000,no_burst,,,no_burst,cutouts.h5#3\n"));
}

TEST_CASE("DRAFTS++ of July 2025: the 16 columns", "[publishers][formats]") {
  Written written{CandidateFormat::drafts_2025_07};
  const auto path = written.own / "Summary/night,1/night,1.candidates.csv";
  const std::string header =
      "file,chunk_id,slice_id,band_id,detection_prob,dm_pc_cm-3,t_sec,t_sample,x1,y1,x2,y2,snr,"
      "class_prob,is_burst,patch_file\n";
  CHECK(content(path) == header);
  Event event = test::sample_event(0);
  event.classifier.label = "burst";
  event.classifier.detector_score = 0.25;
  event.classifier.classifier_score = 0.75;
  write(written.files, event);
  CHECK(content(path) ==
        header + "\"night,1.fil\",8,0,0,0.250,474.80,2.028125,112,,,,,8.00,0.750,burst,\n");
}

TEST_CASE("DRAFTS++: a table for each recording, times since its beginning",
          "[publishers][formats]") {
  FormatBeam beam = sample_beam();
  beam.files = {"/data/a.fil", "/data/b.fil"};
  Written written{CandidateFormat::drafts, {beam}};
  const Event event = test::sample_event(0);
  FoundCandidate found{event, 0};
  found.file = "/data/b.fil";
  found.file_first = 8000;
  written.files.write(found);
  found.file = "";  // between two recordings
  found.file_first = 0;
  written.files.write(found);
  const std::string a = content(written.own / "Summary/a/a.candidates.csv");
  const std::string b = content(written.own / "Summary/b/b.candidates.csv");
  CHECK_THAT(b, ContainsSubstring("\nb.fil,0,0,0,,474.80,0.028125,0.028125,"));
  CHECK_THAT(a, ContainsSubstring("\n,0,0,0,,474.80,2.028125,2.028125,"));
}
