// Files of several beams, told apart by their headers or by whoever names them.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "replay/beams.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sigproc_bytes.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using namespace draftstream::test;

namespace {

constexpr std::size_t samples = 100;
constexpr double second = 1.0 / 86400.0;  // [days]

// A file of 100 samples of 1 ms, of a beam where one is given.
std::string write(const TemporaryFolder& folder, const std::string& name, std::optional<int> beam,
                  SigprocSetup setup = {}) {
  SigprocBytes bytes = sigproc_header(setup);
  if (beam) bytes.key("nbeams", std::int32_t{13}).key("ibeam", static_cast<std::int32_t>(*beam));
  bytes.end().samples(samples * static_cast<std::size_t>(setup.channels));
  write_file(folder.file(name), bytes.bytes());
  return folder.file(name);
}

std::string refusal(const std::vector<BeamFile>& files) {
  try {
    open_beams(files);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("files are sorted into beams, and joined within each", "[replay][beams]") {
  const TemporaryFolder folder;
  SigprocSetup later;
  later.start_mjd += 0.2 * second;
  const auto beams = open_beams(std::vector<BeamFile>{{write(folder, "b.fil", 7, later), {}},
                                                      {write(folder, "c.fil", 2), {}},
                                                      {write(folder, "a.fil", 7), {}}});
  REQUIRE(beams.size() == 2);
  CHECK(beams[0]->observation().beam == 2);
  CHECK(beams[1]->observation().beam == 7);
  REQUIRE(beams[1]->files().size() == 2);
  CHECK(beams[1]->files()[0].path == folder.file("a.fil"));
  CHECK(beams[1]->observation().samples == 300);  // with the gap between
}

TEST_CASE("who names a beam knows better than the header", "[replay][beams]") {
  const TemporaryFolder folder;
  const auto beams = open_beams(std::vector<BeamFile>{{write(folder, "a.fil", 1), 4},
                                                      {write(folder, "b.fil", {}), 0},
                                                      {write(folder, "c.fil", 1), 1}});
  REQUIRE(beams.size() == 3);
  CHECK(beams[0]->observation().beam == 0);
  CHECK(beams[0]->warnings().empty());
  CHECK(beams[1]->warnings().empty());
  CHECK(beams[2]->observation().beam == 4);
  REQUIRE(beams[2]->warnings().size() == 1);
  CHECK(beams[2]->warnings()[0] ==
        folder.file("a.fil") + ": beam 1 by its header; taken for beam 4 as told.");
  std::vector<std::byte> spectrum(64);
  beams[2]->read(3, spectrum);
  CHECK(spectrum[1] == static_cast<std::byte>((3 * 64 + 1) * 37 % 251));
}

TEST_CASE("where one beam at most is named, all files are of it", "[replay][beams]") {
  const TemporaryFolder folder;
  SigprocSetup later;
  later.start_mjd += 0.2 * second;
  const std::string a = write(folder, "a.fil", {});
  SECTION("none") {
    const auto beams = open_beams(std::vector<BeamFile>{{a, {}}});
    REQUIRE(beams.size() == 1);
    CHECK_FALSE(beams[0]->observation().beam);
  }
  SECTION("by one of two headers") {
    const auto beams =
        open_beams(std::vector<BeamFile>{{a, {}}, {write(folder, "b.fil", 5, later), {}}});
    REQUIRE(beams.size() == 1);
    CHECK(beams[0]->observation().beam == 5);
    CHECK(beams[0]->files().size() == 2);
  }
}

TEST_CASE("beams may differ in start, sampling time, depth and channels", "[replay][beams]") {
  const TemporaryFolder folder;
  SigprocSetup other;
  other.start_mjd += 0.9;
  other.sample_time_s = 0.002;
  other.bits = 16;
  other.channels = 50;
  other.first_mhz = 1480.0;
  CHECK(open_beams(std::vector<BeamFile>{{write(folder, "a.fil", 0), {}},
                                         {write(folder, "b.fil", 1, other), {}}})
            .size() == 2);
}

TEST_CASE("beams that cannot be compared are refused", "[replay][beams]") {
  const TemporaryFolder folder;
  const BeamFile first{write(folder, "a.fil", 1), {}};
  SigprocSetup setup;
  SECTION("a file of no beam among several") {
    CHECK(refusal({first, {write(folder, "b.fil", 2), {}}, {write(folder, "c.fil", {}), {}}}) ==
          folder.file("c.fil") +
              ": found no beam in its header, expected one, as other files are "
              "of beams 1, 2; --beam N:FILE tells it");
  }
  SECTION("one file for two beams") {
    std::filesystem::create_hard_link(first.path, folder.file("b.fil"));
    CHECK(refusal({first, {folder.file("b.fil"), 2}}) ==
          folder.file("b.fil") +
              ": found the same file for beam 1 and beam 2, expected each file once");
  }
  SECTION("another day") {
    setup.start_mjd += 1.5;
    CHECK(refusal({first, {write(folder, "b.fil", 2, setup), {}}}) ==
          folder.file("b.fil") +
              ": found a start at MJD 59002.000000000000000, expected one within a day of MJD "
              "59000.500000000000000, where beam 1 begins");
  }
  SECTION("another band") {
    setup.first_mhz = 1436.0;  // one channel below the lowest
    CHECK(refusal({first, {write(folder, "b.fil", 2, setup), {}}}) ==
          folder.file("b.fil") +
              ": found channels from 1373 to 1436 MHz, expected some between 1437 and 1500 MHz, "
              "which the beams before have");
    setup.first_mhz = 1437.0;
    CHECK(refusal({first, {write(folder, "c.fil", 2, setup), {}}}).empty());
  }
  SECTION("two with each, but none with all") {
    SigprocSetup above;
    above.first_mhz = 1560.0;
    setup.first_mhz = 1450.0;
    CHECK(refusal({first, {write(folder, "b.fil", 2, above), {}}}).empty());
    CHECK(refusal({first, {write(folder, "c.fil", 3, setup), {}}}).empty());
    CHECK_THAT(refusal({first,
                        {write(folder, "b.fil", 2, above), {}},
                        {write(folder, "c.fil", 3, setup), {}}}),
               ContainsSubstring("c.fil: found channels from 1387 to 1450 MHz, expected some "
                                 "between 1497 and 1500 MHz"));
  }
}
