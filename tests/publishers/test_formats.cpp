// Candidates in the formats of other programs: what each line says, worked out by hand, and what
// becomes of several beams, recordings, streams and earlier files. Readers of these formats are in
// tests/app/read_formats.py.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "engine/dm_plan.hpp"
#include "ingest/errors.hpp"
#include "publishers/formats/format_files.hpp"
#include "publishers/formats/tailed_file.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fs = std::filesystem;
using namespace draftstream;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using test::TemporaryFolder;

namespace {

const DmRange range{DispersionMeasure{0.0}, DispersionMeasure{2000.0}, 1.25};

FormatBeam sample_beam() {
  return {test::sample_observation(), "parkes-obs", {"/data/night,1.fil"}, range};
}

FormatBeam stream_beam() {
  FormatBeam beam = sample_beam();
  beam.files.clear();
  beam.observation.samples.reset();
  beam.observation.beam.reset();
  return beam;
}

// In the recording of sample_beam(), chunks of 1000 samples.
void write(FormatFiles& files, const Event& event, std::size_t beam = 0) {
  FoundCandidate found{event, beam};
  found.file = "/data/night,1.fil";
  found.chunk = event.time.sample_index / 1000;
  found.chunk_first = found.chunk * 1000;
  files.write(found);
}

std::string content(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  REQUIRE(file);
  return {std::istreambuf_iterator<char>{file}, {}};
}

// All files below, as paths relative to it, in order.
std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> all;
  if (!fs::exists(folder)) return all;
  for (const auto& entry : fs::recursive_directory_iterator{folder}) {
    if (entry.is_regular_file()) all.push_back(fs::relative(entry.path(), folder).string());
  }
  std::sort(all.begin(), all.end());
  return all;
}

struct Written {
  explicit Written(CandidateFormat format, std::vector<FormatBeam> beams = {sample_beam()})
      : files{folder.path(), std::vector{format}, beams},
        own{fs::path{folder.path()} / name(format)} {}

  TemporaryFolder folder;
  FormatFiles files;
  fs::path own;
};

}  // namespace

TEST_CASE("names of formats are read back", "[publishers][formats]") {
  for (const CandidateFormat format : candidate_formats) {
    CHECK(candidate_format(name(format)) == format);
  }
  CHECK_FALSE(candidate_format("Heimdall"));
  CHECK_FALSE(candidate_format(""));
}

TEST_CASE("heimdall: nine columns, each with a tab behind it", "[publishers][formats]") {
  FormatBeam beam = sample_beam();
  beam.trials = {DispersionMeasure{474.8}, DispersionMeasure{474.8}, 1.25};
  Written written{CandidateFormat::heimdall, {beam}};
  REQUIRE(files_in(written.own) == std::vector<std::string>{"2018-04-17-13:18:31_07.cand"});
  const auto path = written.own / "2018-04-17-13:18:31_07.cand";
  CHECK(content(path).empty());
  write(written.files, test::sample_event(0));
  // Sample 8112 of 0.25 ms; 8 samples from 8108 on are filter 3.
  CHECK(content(path) == "8\t8112\t2.028\t3\t0\t474.8\t17\t8108\t8115\t\n");
  // 12 samples (index 4) are nearer to 16 than to 8 in powers of 2; 11 are not.
  Event wide = test::sample_event(0);
  wide.signal.width_samples = 12;
  write(written.files, wide);
  wide.signal.width_samples = 11;
  wide.time.sample_index = 5;
  write(written.files, wide);
  CHECK_THAT(content(path), ContainsSubstring("\t4\t0\t474.8\t17\t8106\t8117\t\n"));
  CHECK_THAT(content(path), ContainsSubstring("8\t5\t0.00125\t3\t0\t474.8\t17\t0\t10\t\n"));
}

TEST_CASE("heimdall: the trial is the nearest of the plan", "[publishers][formats][property]") {
  const FormatBeam beam = sample_beam();
  const DmPlan plan{beam.observation.frequency, beam.observation.time.sample_time, range};
  Written written{CandidateFormat::heimdall};
  std::mt19937 random{5};
  std::vector<double> dms{0.0, 2000.0, plan.trial(plan.trials() - 1).value() + 1.0};
  for (int i = 0; i < 200; ++i) {
    dms.push_back(std::uniform_real_distribution<double>{0.0, 2000.0}(random));
  }
  Event event = test::sample_event(1);
  for (const double dm : dms) {
    event.dm.value_pc_cm3 = dm;
    write(written.files, event);
  }
  std::istringstream lines{content(written.own / "2018-04-17-13:18:31_07.cand")};
  for (const double dm : dms) {
    double column = 0.0;
    for (int skipped = 0; skipped < 4; ++skipped) lines >> column;
    std::size_t trial = 0;
    REQUIRE(lines >> trial >> column);
    CHECK(column == dm);
    REQUIRE(trial < plan.trials());
    for (std::size_t other = 0; other < plan.trials(); ++other) {
      CHECK(std::abs(plan.trial(trial).value() - dm) <= std::abs(plan.trial(other).value() - dm));
    }
    lines.ignore(1000, '\n');
  }
}

TEST_CASE("heimdall: beams from 0 are counted from 1, others as they are",
          "[publishers][formats]") {
  const auto numbers = [](const std::vector<std::optional<int>>& beams) {
    std::vector<FormatBeam> all;
    for (const auto beam : beams) {
      all.push_back(sample_beam());
      all.back().observation.beam = beam;
    }
    const Written written{CandidateFormat::heimdall, all};
    std::vector<std::string> names;
    for (const std::string& file : files_in(written.own)) names.push_back(file.substr(20));
    return names;
  };
  using Names = std::vector<std::string>;
  CHECK(numbers({7}) == Names{"07.cand"});
  CHECK(numbers({std::nullopt}) == Names{"01.cand"});
  CHECK(numbers({1, 13}) == Names{"01.cand", "13.cand"});
  CHECK(numbers({0, 1, 12}) == Names{"01.cand", "02.cand", "13.cand"});
}

TEST_CASE("PRESTO: rows of a DM in the order of their samples", "[publishers][formats]") {
  Written written{CandidateFormat::presto};
  CHECK(files_in(written.own).empty());
  Event event = test::sample_event(0);
  write(written.files, event);
  const std::string name = "night,1_DM474.80";
  const std::string header = "# DM      Sigma      Time (s)     Sample    Downfact\n";
  const std::string first = " 474.80    8.00      2.028000       8112       8\n";
  CHECK(content(written.own / (name + ".singlepulse")) == header + first);
  event.time.sample_index = 40;
  event.signal.snr = 123.456;
  write(written.files, event);
  const std::string earlier = " 474.80  123.46      0.010000         40       8\n";
  CHECK(content(written.own / (name + ".singlepulse")) == header + earlier + first);
  event.time.sample_index = 8112;  // behind the one that is there
  event.signal.width_samples = 512;
  write(written.files, event);
  const std::string same = " 474.80  123.46      2.028000       8112     512\n";
  CHECK(content(written.own / (name + ".singlepulse")) == header + earlier + first + same);
  event.dm.value_pc_cm3 = 7.046;
  write(written.files, event);
  CHECK(files_in(written.own) ==
        std::vector<std::string>{"night,1_DM474.80.inf", "night,1_DM474.80.singlepulse",
                                 "night,1_DM7.05.inf", "night,1_DM7.05.singlepulse"});
}

TEST_CASE("PRESTO: any order of candidates gives the same rows",
          "[publishers][formats][property]") {
  std::mt19937 random{11};
  std::vector<std::uint64_t> samples;
  for (int i = 0; i < 60; ++i) samples.push_back(std::uniform_int_distribution<>{0, 50}(random));
  std::vector<std::uint64_t> found;
  for (int round = 0; round < 3; ++round) {
    std::shuffle(samples.begin(), samples.end(), random);
    Written written{CandidateFormat::presto};
    Event event = test::sample_event(0);
    for (const auto sample : samples) {
      event.time.sample_index = sample;
      write(written.files, event);
    }
    std::istringstream text{content(written.own / "night,1_DM474.80.singlepulse")};
    text.ignore(1000, '\n');
    std::vector<std::uint64_t> rows;
    double dm = 0.0;
    double snr = 0.0;
    double time_s = 0.0;
    std::uint64_t sample = 0;
    int width = 0;
    while (text >> dm >> snr >> time_s >> sample >> width) rows.push_back(sample);
    CHECK(std::is_sorted(rows.begin(), rows.end()));
    CHECK(rows.size() == samples.size());
    CHECK((found.empty() || found == rows));
    found = rows;
  }
}

TEST_CASE("PRESTO: the time series is told as its reader in C wants it", "[publishers][formats]") {
  FormatBeam beam = sample_beam();
  beam.observation.telescope = std::string(50, 'T');
  beam.observation.source_name = "two\nlines";
  Written written{CandidateFormat::presto, {beam}};
  write(written.files, test::sample_event(0));
  // 188.5 degrees are 12.566667 hours.
  CHECK(content(written.own / "night,1_DM474.80.inf") ==
        " Data file name without suffix          =  night,1_DM474.80\n"
        " Telescope used                         =  " +
            std::string(39, 'T') +
            "\n"
            " Instrument used                        =  Unknown\n"
            " Object being observed                  =  two lines\n"
            " J2000 Right Ascension (hh:mm:ss.ssss)  =  12:34:00.0000\n"
            " J2000 Declination     (dd:mm:ss.ssss)  =  -14:15:00.0000\n"
            " Data observed by                       =  Unknown\n"
            " Epoch of observation (MJD)             =  " +
            format_mjd(beam.observation.time.start) +
            "\n"
            " Barycentered?           (1 yes, 0 no)  =  0\n"
            " Number of bins in the time series      =  400000\n"
            " Width of each time series bin (sec)    =  0.00025\n"
            " Any breaks in the data? (1 yes, 0 no)  =  0\n"
            " Type of observation (EM band)          =  Radio\n"
            " Beam diameter (arcsec)                 =  0\n"
            " Dispersion measure (cm-3 pc)           =  474.80\n"
            " Central freq of low channel (MHz)      =  1437\n"
            " Total bandwidth (MHz)                  =  64\n"
            " Number of channels                     =  64\n"
            " Channel bandwidth (MHz)                =  1\n"
            " Data analyzed by                       =  Unknown\n"
            " Any additional notes:\n"
            "    Candidates of draftstream; the beam's diameter is not known.\n");
}

TEST_CASE("PRESTO: a stream's bins reach to the last candidate", "[publishers][formats]") {
  Written written{CandidateFormat::presto, {stream_beam()}};
  Event event = test::sample_event(0);
  const auto bins = [&](std::uint64_t sample) {
    event.time.sample_index = sample;
    write(written.files, event);
    const std::string text = content(written.own / "parkes-obs_DM474.80.inf");
    const std::string mark = " Number of bins in the time series      =  ";
    return std::stoull(text.substr(text.find(mark) + mark.size()));
  };
  CHECK(bins(100) == 101);
  CHECK(bins(5000) == 5001);
  CHECK(bins(300) == 5001);
}

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
  CHECK(content(folder.file("heimdall/2018-04-17-13:18:31_07.cand")).empty());
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
