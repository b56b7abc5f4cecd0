// candidates.csv: written row by row, read back exactly, refused with line and column.
#include <cmath>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>

#include "ingest/errors.hpp"
#include "publishers/candidate_reader.hpp"
#include "publishers/candidate_table.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::TemporaryFolder;

namespace {

constexpr const char* header =
    "event_id,snr,dm_pc_cm3,toa_s,toa_mjd_utc,width_ms,toa_inf_mjd_utc,sample_index,"
    "boxcar_samples,members,detector_score,classifier_score,label,frac_missing,beam,file,chunk\n";

CandidateRow sample_row() {
  CandidateRow row;
  row.event_id = "parkes-20180417T131833.151581-b0007-0001";
  row.snr = 14.25;
  row.dm_pc_cm3 = 474.8;
  row.toa_s = 2.028125;
  row.toa = {58225, 47913.151581789};
  row.width_ms = 2.0;
  row.toa_inf = {58225, 43200.0};
  row.sample_index = 8112;
  row.boxcar_samples = 8;
  row.members = 17;
  row.label = "unjudged";
  row.frac_missing = 0.0;
  row.file = "your_28.fil";
  row.chunk = 3;
  return row;
}

constexpr const char* sample_line =
    "parkes-20180417T131833.151581-b0007-0001,14.25,474.8,2.028125,58225.554550365530000,2,"
    "58225.500000000000000,8112,8,17,,,unjudged,0,,your_28.fil,3\n";

std::string file_text(const std::string& path) {
  std::ifstream file{path};
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("a row is written as documented", "[publishers][candidate_table]") {
  // 47913.151581789 / 86400 = 0.55455036553 (15 decimals, worked out in decimal).
  std::string line = format_row(sample_row());
  const std::string mjd = "58225.554550";
  CHECK(line.find(mjd) != std::string::npos);
  line.replace(line.find(mjd), 21, "58225.554550365530000");  // its 15 decimals: test_time_axis
  CHECK(line == sample_line);
}

TEST_CASE("rows are in the file as soon as they are appended", "[publishers][candidate_table]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("candidates.csv");
  {
    CandidateTable table{path};
    CHECK(file_text(path) == header);
    table.append(sample_row());
    CHECK(file_text(path) == header + format_row(sample_row()));
    table.sync();
  }
  CandidateTable{path, Existing::append}.append(sample_row());
  CHECK(file_text(path) == header + format_row(sample_row()) + format_row(sample_row()));
  const CandidateTable replaced{path};
  CHECK(file_text(path) == header);
  CHECK_THROWS_WITH(CandidateTable{"/nonexistent/candidates.csv"},
                    ContainsSubstring("/nonexistent/candidates.csv"));
}

TEST_CASE("an event becomes a row", "[publishers][candidate_table]") {
  Event event = test::sample_event(2);
  event.classifier.detector_score = 0.5;
  event.classifier.label = "burst";
  const CandidateRow row = make_row(event, "a.fil", 9);
  CHECK(row.event_id == event.event_id);
  CHECK(row.snr == event.signal.snr);
  CHECK(row.dm_pc_cm3 == event.dm.value_pc_cm3);
  CHECK(row.toa_s == event.time.toa_s);
  CHECK(row.toa == event.time.toa);
  CHECK(row.toa_inf == event.time.toa_inf);
  CHECK(row.width_ms == event.signal.width_ms);
  CHECK(row.sample_index == event.time.sample_index);
  CHECK(row.boxcar_samples == event.signal.width_samples);
  CHECK(row.members == event.signal.members);
  CHECK(row.detector_score == 0.5);
  CHECK_FALSE(row.classifier_score.has_value());
  CHECK(row.label == "burst");
  CHECK(row.frac_missing == event.quality.frac_missing);
  CHECK(row.beam == 7);
  CHECK(row.file == "a.fil");
  CHECK(row.chunk == 9U);
}

TEST_CASE("any row is read back exactly", "[publishers][candidate_table][property]") {
  std::mt19937_64 random{20180417};
  std::uniform_real_distribution<double> uniform{0.0, 1.0};
  const std::string alphabet = "ab,\"\r\n' \xc3\xa9;\t";
  std::vector<CandidateRow> rows;
  std::string text = header;
  for (int i = 0; i < 300; ++i) {
    CandidateRow row;
    row.event_id = "x-" + std::to_string(i);
    row.snr = std::ldexp(uniform(random), static_cast<int>(random() % 60) - 30);
    row.dm_pc_cm3 = 3000.0 * uniform(random);
    row.toa_s = 1e5 * uniform(random);
    row.toa = {58000 + i, 86400.0 * uniform(random)};
    row.width_ms = uniform(random);
    row.toa_inf = {58000 + i, 86400.0 * uniform(random)};
    row.sample_index = random();
    row.boxcar_samples = static_cast<std::uint32_t>(random());
    row.members = static_cast<std::uint32_t>(random());
    if (i % 2 == 0) row.detector_score = uniform(random);
    if (i % 3 == 0) row.classifier_score = uniform(random);
    row.label = "burst";
    row.frac_missing = uniform(random);
    if (i % 5 == 0) row.beam = i;
    for (int c = 0; c < i % 20; ++c) row.file += alphabet[random() % alphabet.size()];
    if (i % 7 != 0) row.chunk = random();
    text += format_row(row);
    rows.push_back(row);
  }
  const auto read = parse_candidates(text);
  REQUIRE(read.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i, rows[i].file);
    CHECK(format_row(read[i]) == format_row(rows[i]));
    CHECK(read[i].snr == rows[i].snr);
    CHECK(read[i].toa_s == rows[i].toa_s);
    CHECK(read[i].sample_index == rows[i].sample_index);
    CHECK(read[i].file == rows[i].file);
    CHECK(read[i].chunk == rows[i].chunk);
    CHECK(read[i].detector_score == rows[i].detector_score);
    CHECK(std::abs((read[i].toa - rows[i].toa).value()) < 1e-10);  // 15 decimals of a day
  }
}

TEST_CASE("tables of others are read too", "[publishers][candidate_reader]") {
  std::string text{header};
  text += sample_line;
  SECTION("lines end with CR LF") {
    std::string dos;
    for (const char character : text) dos += character == '\n' ? "\r\n" : std::string{character};
    CHECK(parse_candidates(dos).size() == 1);
  }
  SECTION("the last line has no end") {
    text.pop_back();
    CHECK(parse_candidates(text).size() == 1);
  }
  SECTION("more columns, another order") {
    CHECK(parse_candidates("note,beam,file,chunk,event_id,snr,dm_pc_cm3,toa_s,toa_mjd_utc,width_ms,"
                           "toa_inf_mjd_utc,sample_index,boxcar_samples,members,detector_score,"
                           "classifier_score,label,frac_missing\n"
                           "\"a, \"\"b\"\"\",4,f,,id,9.5,100,1,58225.5,1,58225,1,1,1,0.5,,x,0\n")
              .at(0)
              .beam == 4);
  }
  SECTION("no candidates") {
    CHECK(parse_candidates(header).empty());
  }
}

TEST_CASE("a damaged table is refused with line and column", "[publishers][candidate_reader]") {
  struct Row {
    const char* what;
    std::string text;
    const char* message;
  };
  const std::string good = std::string{header} + sample_line;
  const auto with = [&good](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.rfind(from), from.size(), to);
    return text;
  };
  const std::vector<Row> rows{
      {"nothing", "", "line 1: found nothing, expected the names of the columns"},
      {"another table", "time,snr\n1,2\n", "line 1: found no column event_id"},
      {"letters", with("14.25", "abc"), "line 2, column snr: found 'abc', expected a number"},
      {"half a number", with("14.25", "14.x"), "line 2, column snr: found '14.x'"},
      {"NaN", with("14.25", "nan"), "line 2, column snr: found 'nan'"},
      {"infinity", with("14.25", "inf"), "line 2, column snr: found 'inf'"},
      {"beyond doubles", with("14.25", "1e999"), "line 2, column snr: found '1e999'"},
      {"nothing", with("14.25", ""), "line 2, column snr: found ''"},
      {"negative index", with("8112", "-8112"), "line 2, column sample_index: found '-8112'"},
      {"fractional count", with(",17,", ",1.7,"), "line 2, column members: found '1.7'"},
      {"too many bits", with(",17,", ",4294967296,"), "column members: found '4294967296'"},
      {"MJD", with("58225.5000", "x"), "line 2, column toa_inf_mjd_utc: found 'x00000000000'"},
      {"MJD fraction", with("58225.5000", "58225.-5"), "column toa_inf_mjd_utc"},
      {"MJD sign", with("58225.5000", "-58225.5"), "column toa_inf_mjd_utc"},
      {"MJD digits", with("58225.5000", "58225.123456789"), "column toa_inf_mjd_utc"},
      {"score", with(",17,,", ",17,high,"), "column detector_score: found 'high'"},
      {"beam", with(",0,,", ",0,B7,"), "column beam: found 'B7'"},
      {"cut row", good.substr(0, good.size() - 15), "line 2: found 15 columns, expected 17"},
      {"open quote", with("your", "\"your"), "line 2: found the end of the file in a quoted field"},
      {"stray quote", with("your", "yo\"ur"), "line 2: found a quote inside a field"},
      {"text after a quote", with("your_28.fil", "\"a\"b"), "line 2: found 'b' after a field"},
      {"second row", good + "x\n", "line 3: found 1 columns, expected 17"},
      {"after a long field", with("your_28.fil", "\"a\nb\"") + "x\n", "line 4: found 1 columns"},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    CHECK_THROWS_AS(parse_candidates(row.text), InputError);
    CHECK_THROWS_WITH(parse_candidates(row.text), ContainsSubstring(row.message));
  }
}

TEST_CASE("every prefix of a table is read or refused", "[publishers][candidate_reader]") {
  const std::string good = std::string{header} + sample_line + sample_line;
  std::size_t refused = 0;
  for (std::size_t length = 0; length < good.size(); ++length) {
    try {
      const auto rows = parse_candidates(good.substr(0, length));
      CHECK(rows.size() <= 2);
    } catch (const InputError&) {
      ++refused;
    }
  }
  CHECK(refused > good.size() / 2);
}

TEST_CASE("reading names the file", "[publishers][candidate_reader]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("candidates.csv");
  CHECK_THROWS_AS(read_candidates(path), MissingInput);
  CandidateTable{path}.append(sample_row());
  CHECK(read_candidates(path).at(0).snr == 14.25);
  std::ofstream{path} << "snr\n";
  CHECK_THROWS_WITH(read_candidates(path), ContainsSubstring(path + ": line 1: found no column"));
}
