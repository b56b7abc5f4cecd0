// Which spectra the rows of a PSRFITS file hold: OFFS_SUB, NSUBOFFS, NSTOT, truncation.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "replay/psrfits_recording.hpp"
#include "tests/replay/psrfits_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace draftstream {
namespace {

using test::PsrfitsFile;
using test::TemporaryFolder;

constexpr double row_s = 2.0;  // 8 spectra of 0.25 s

// Checks that sample i of the recording is sample i of an observation in which row r holds
// spectra 8 r to 8 r + 7, and zeros in its gaps.
void check_samples(Recording& recording, const PsrfitsFile& file, std::size_t first_row = 0) {
  const auto values = test::read_all(recording);
  std::vector<bool> in_gap(values.size() / 16, false);
  for (const Gap& gap : recording.gaps()) {
    for (auto t = gap.first; t < gap.end(); ++t) in_gap[static_cast<std::size_t>(t)] = true;
  }
  for (std::size_t t = 0; t < in_gap.size(); ++t) {
    for (std::size_t c = 0; c < 16; ++c) {
      INFO("spectrum " << t << ", channel " << c);
      const float expected =
          in_gap[t] ? 0.0F : static_cast<float>(file.raw(t / 8 + first_row, t % 8, 0, c));
      REQUIRE(values[t * 16 + c] == expected);
    }
  }
}

struct Rows {
  const char* name;
  std::vector<std::size_t> rows;
  std::vector<Gap> gaps;
  std::uint64_t samples;
  std::size_t warnings;
};

TEST_CASE("rows stand where OFFS_SUB puts them", "[replay][psrfits]") {
  const auto given = GENERATE(values<Rows>({
      {"all", {0, 1, 2, 3, 4}, {}, 40, 0},
      {"one dropped", {0, 1, 3, 4}, {{16, 8, Fate::missing}}, 40, 0},
      {"many dropped", {0, 5, 6, 9}, {{8, 32, Fate::missing}, {56, 16, Fate::missing}}, 80, 0},
      {"shuffled", {3, 0, 4, 1, 2}, {}, 40, 1},
      {"shuffled, one dropped", {4, 0, 3, 1}, {{16, 8, Fate::missing}}, 40, 1},
      {"repeated", {0, 1, 1, 2}, {}, 24, 1},
      {"repeated later", {0, 1, 2, 1}, {}, 24, 2},
      {"repeated often", {0, 0, 0, 1, 1, 3}, {{16, 8, Fate::missing}}, 32, 1},
      {"one row", {0}, {}, 8, 0},
  }));
  INFO(given.name);
  const TemporaryFolder folder;
  PsrfitsFile file;
  file.rows = given.rows;
  file.write(folder.file("a.sf"));
  const auto recording = open_psrfits(folder.file("a.sf"));
  CHECK(*recording->observation().samples == given.samples);
  CHECK(std::vector<Gap>(recording->gaps().begin(), recording->gaps().end()) == given.gaps);
  CHECK(recording->warnings().size() == given.warnings);
  CHECK(recording->observation().time.start == UtcInstant{58227, 4321.125});
  check_samples(*recording, file);
}

TEST_CASE("a gap is whole samples, and rounding of OFFS_SUB is none", "[replay][psrfits]") {
  const TemporaryFolder folder;
  PsrfitsFile file;
  const double late_samples = GENERATE(0.0, 0.3, -0.3, 0.7, 1.0, 1.4, 3.0, -0.7);
  INFO(late_samples << " samples late");
  file.row_centre = [=](std::size_t row) {
    return (static_cast<double>(row) + 0.5) * row_s + (row >= 2 ? late_samples * 0.25 : 0.0);
  };
  file.write(folder.file("a.sf"));
  const auto recording = open_psrfits(folder.file("a.sf"));
  const auto gap = static_cast<std::uint64_t>(std::max(0.0, std::round(late_samples)));
  CHECK(*recording->observation().samples == 32 + gap);
  REQUIRE(recording->gaps().size() == (gap > 0 ? 1 : 0));
  if (gap > 0) CHECK(recording->gaps()[0] == Gap{16, gap, Fate::missing});
  CHECK(recording->warnings().size() == (late_samples < -0.5 ? 1 : 0));
}

TEST_CASE("a sampling time that is a little wrong does not open gaps", "[replay][psrfits]") {
  const TemporaryFolder folder;
  PsrfitsFile file;
  file.rows.clear();
  for (std::size_t row = 0; row < 200; ++row) file.rows.push_back(row);
  const double slower = GENERATE(1.01, 0.99);
  file.row_centre = [=](std::size_t row) {
    return (static_cast<double>(row) + 0.5) * row_s * slower;
  };
  file.write(folder.file("a.sf"));
  const auto recording = open_psrfits(folder.file("a.sf"));
  CHECK(recording->gaps().empty());
  CHECK(*recording->observation().samples == 1600);
}

TEST_CASE("rows that overlap are refused with both times", "[replay][psrfits]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.sf");
  PsrfitsFile file;
  SECTION("the same time, other samples") {
    file.row_centre = [](std::size_t row) { return row == 2 ? 3.0 : 1.0 + 2.0 * double(row); };
    file.write(path);
    CHECK_THROWS_WITH(open_psrfits(path), ContainsSubstring("row 3: found OFFS_SUB = 3 s") &&
                                              ContainsSubstring("row 2 (OFFS_SUB = 3 s)"));
  }
  SECTION("half a row early") {
    file.row_centre = [](std::size_t row) { return row == 2 ? 4.0 : 1.0 + 2.0 * double(row); };
    file.write(path);
    CHECK_THROWS_WITH(open_psrfits(path), ContainsSubstring("row 3: found OFFS_SUB = 4 s") &&
                                              ContainsSubstring("4.0 samples before"));
  }
}

TEST_CASE("a time that cannot be is refused", "[replay][psrfits]") {
  const TemporaryFolder folder;
  PsrfitsFile file;
  const double last = GENERATE(1e6, 1e300, 1.7e308);
  file.row_centre = [=](std::size_t row) { return row == 3 ? last : 1.0 + 2.0 * double(row); };
  file.write(folder.file("a.sf"));
  CHECK_THROWS_WITH(open_psrfits(folder.file("a.sf")),
                    ContainsSubstring("row 4") && ContainsSubstring("OFFS_SUB"));
}

TEST_CASE("an OFFS_SUB that says nothing leaves the order of rows", "[replay][psrfits]") {
  const TemporaryFolder folder;
  PsrfitsFile file;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double value = GENERATE_COPY(0.0, 5.0, nan);
  file.row_centre = [=](std::size_t) { return value; };
  file.write(folder.file("a.sf"));
  const auto recording = open_psrfits(folder.file("a.sf"));
  REQUIRE(recording->warnings().size() == 1);
  CHECK_THAT(recording->warnings()[0], ContainsSubstring("OFFS_SUB"));
  CHECK(recording->gaps().empty());
  check_samples(*recording, file);
}

TEST_CASE("one of several files starts at its own time", "[replay][psrfits]") {
  const TemporaryFolder folder;
  PsrfitsFile file;
  file.rows = {10, 11, 12};
  SECTION("NSUBOFFS and OFFS_SUB agree") {
    file.changes = {{"NSUBOFFS", "10"}};
  }
  SECTION("only OFFS_SUB says so") {}
  SECTION("OFFS_SUB counts from the file") {
    file.changes = {{"NSUBOFFS", "10"}};
    file.row_centre = [](std::size_t row) { return (static_cast<double>(row) - 9.5) * row_s; };
  }
  SECTION("OFFS_SUB says nothing") {
    file.changes = {{"NSUBOFFS", "10"}};
    file.row_centre = [](std::size_t) { return 0.0; };
  }
  file.write(folder.file("a.sf"));
  const auto recording = open_psrfits(folder.file("a.sf"));
  CHECK(recording->observation().time.start == UtcInstant{58227, 4321.125 + 10 * row_s});
  CHECK(recording->gaps().empty());
  check_samples(*recording, file, 10);
}

TEST_CASE("NSTOT cuts the padding of the last row", "[replay][psrfits]") {
  const TemporaryFolder folder;
  PsrfitsFile file;
  const int spectra = GENERATE(25, 29, 32);
  file.changes = {{"NSTOT", std::to_string(spectra)}};
  file.write(folder.file("a.sf"));
  const auto recording = open_psrfits(folder.file("a.sf"));
  CHECK(*recording->observation().samples == static_cast<std::uint64_t>(spectra));
  CHECK(recording->warnings().empty());
  check_samples(*recording, file);
}

TEST_CASE("a last row that is told to be short follows the others", "[replay][psrfits]") {
  const TemporaryFolder folder;
  PsrfitsFile file;
  // Three of eight spectra: the row's centre is early by half of five.
  file.row_length = [](std::size_t row) { return row == 3 ? 0.75 : row_s; };
  file.row_centre = [](std::size_t row) { return row == 3 ? 6.375 : 1.0 + 2.0 * double(row); };
  file.changes = {{"NSTOT", "27"}};
  file.write(folder.file("a.sf"));
  const auto recording = open_psrfits(folder.file("a.sf"));
  CHECK(recording->warnings().empty());
  CHECK(*recording->observation().samples == 27);
  check_samples(*recording, file);
}

TEST_CASE("rows that were never written are left out", "[replay][psrfits]") {
  const TemporaryFolder folder;
  PsrfitsFile file;
  file.rows = {0, 1, 2, 3, 4, 5};
  const std::vector<std::size_t> unwritten =
      GENERATE(values<std::vector<std::size_t>>({{5}, {4, 5}, {2, 5}}));
  const auto is_unwritten = [&](std::size_t row) {
    return std::find(unwritten.begin(), unwritten.end(), row) != unwritten.end();
  };
  file.row_centre = [&](std::size_t row) {
    return is_unwritten(row) ? 0.0 : 1.0 + row_s * static_cast<double>(row);
  };
  file.weight = [&](std::size_t row, std::size_t) { return is_unwritten(row) ? 0.0F : 1.0F; };
  file.write(folder.file("a.sf"));
  const auto recording = open_psrfits(folder.file("a.sf"));
  REQUIRE(recording->warnings().size() == 1);
  CHECK_THAT(recording->warnings()[0], ContainsSubstring("never written"));
  CHECK(recording->gaps().size() == (is_unwritten(2) ? 1 : 0));
  CHECK(*recording->observation().samples == (is_unwritten(4) ? 32 : 40));
  CHECK(recording->observation().format == SampleFormat{8, false, false});
  check_samples(*recording, file);
}

TEST_CASE("of a truncated file what is whole is read", "[replay][psrfits]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.sf");
  PsrfitsFile file;
  auto bytes = file.bytes();
  const std::size_t row_bytes = 8 + 8 + 16 * (8 + 4 + 4 + 4) + 128;
  const std::size_t data_begin = 5760;
  const auto cut_to = [&](std::size_t length) {
    PsrfitsFile::write_bytes(path, {bytes.begin(), bytes.begin() + static_cast<long>(length)});
  };
  for (const std::size_t rows : {std::size_t{1}, std::size_t{3}}) {
    cut_to(data_begin + rows * row_bytes + row_bytes / 2);
    const auto recording = open_psrfits(path);
    CHECK(*recording->observation().samples == 8 * rows);
    REQUIRE(recording->warnings().size() == 1);
    CHECK_THAT(recording->warnings()[0], ContainsSubstring("truncated"));
    check_samples(*recording, file);
  }
  cut_to(data_begin + row_bytes - 1);
  CHECK_THROWS_WITH(open_psrfits(path), ContainsSubstring("byte 5760") &&
                                            ContainsSubstring(std::to_string(row_bytes - 1)));
}

TEST_CASE("a file that shrinks while it is read is refused", "[replay][psrfits]") {
  const TemporaryFolder folder;
  PsrfitsFile file;
  file.write(folder.file("a.sf"));
  const auto recording = open_psrfits(folder.file("a.sf"));
  std::filesystem::resize_file(folder.file("a.sf"), 6000);
  CHECK_THROWS_AS(test::read_all(*recording), InputError);
}

}  // namespace
}  // namespace draftstream
