// Headers of PSRFITS files: what is refused, what is read with a warning, and every prefix.
#include <cmath>
#include <cstddef>
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

struct Fault {
  const char* name;
  PsrfitsFile::Cards changes;
  std::vector<std::string> told;  // parts of the sentence
};

TEST_CASE("a header that cannot be trusted is refused with place, found and expected",
          "[replay][psrfits]") {
  const auto fault = GENERATE(values<Fault>({
      {"folded", {{"OBS_MODE", "'PSR     '"}}, {"OBS_MODE", "\"PSR\"", "SEARCH"}},
      {"calibration", {{"OBS_MODE", "'CAL     '"}}, {"OBS_MODE", "\"CAL\"", "SEARCH"}},
      {"bins", {{"NBIN", "1024"}}, {"NBIN", "1024", "expected 1"}},
      {"no SUBINT", {{"EXTNAME", "'HISTORY '"}}, {"SUBINT"}},
      {"no rows", {{"NAXIS2", "0"}}, {"NAXIS2", "0 rows", "at least 1"}},
      {"depth 7", {{"NBITS", "7"}}, {"NBITS", "7", "1, 2, 4, 8, 16 or 32"}},
      {"depth of text", {{"NBITS", "'eight'"}}, {"NBITS", "\"eight\"", "a number"}},
      {"depth of 8.5", {{"NBITS", "8.5"}}, {"NBITS", "8.5", "integer"}},
      {"no depth", {{"NBITS", ""}}, {"NBITS", "no value"}},
      {"depth undefined", {{"NBITS", "'*       '"}}, {"NBITS", "no value"}},
      {"depth unlike the column", {{"NBITS", "4"}}, {"TFORM7", "DATA", "128", "64"}},
      {"16 bits in bytes", {{"NBITS", "16"}}, {"TFORM7", "'B'", "'I'"}},
      {"32 bits in bytes", {{"NBITS", "32"}}, {"TFORM7", "'B'", "'E'"}},
      {"channels 0", {{"NCHAN", "0"}}, {"NCHAN", "found 0"}},
      {"channels negative", {{"NCHAN", "-16"}}, {"NCHAN", "-16"}},
      {"channels huge", {{"NCHAN", "2147483647"}}, {"NCHAN", "2147483647"}},
      {"channels unlike the column", {{"NCHAN", "15"}}, {"TFORM", "DATA", "120"}},
      {"spectra unlike the column", {{"NSBLK", "9"}}, {"TFORM7", "DATA", "144"}},
      {"no spectra", {{"NSBLK", "0"}}, {"NSBLK", "found 0"}},
      {"3 polarisations", {{"NPOL", "3"}}, {"NPOL", "found 3"}},
      {"5 polarisations", {{"NPOL", "5"}}, {"NPOL", "found 5"}},
      {"no sampling time", {{"TBIN", ""}}, {"TBIN", "no value"}},
      {"sampling time 0", {{"TBIN", "0.0"}}, {"TBIN", "found 0"}},
      {"sampling time negative", {{"TBIN", "-0.25"}}, {"TBIN", "-0.25"}},
      {"sampling time NaN", {{"TBIN", "NaN"}}, {"TBIN", "nan"}},
      {"sampling time infinite", {{"TBIN", "'inf     '"}}, {"TBIN", "inf"}},
      {"zero offset infinite", {{"ZERO_OFF", "1E400"}}, {"ZERO_OFF"}},
      {"SIGNINT 2", {{"SIGNINT", "2"}}, {"SIGNINT", "found 2", "0 or 1"}},
      {"start of text", {{"STT_IMJD", "'today   '"}}, {"STT_IMJD", "today"}},
      {"start out of range", {{"STT_IMJD", "58227000"}}, {"STT_IMJD", "58227000"}},
      {"second out of range", {{"STT_SMJD", "999999"}}, {"STT_SMJD", "999999"}},
      {"rows before negative", {{"NSUBOFFS", "-1"}}, {"NSUBOFFS", "-1"}},
      {"axes in another order", {{"TDIM7", "'(8,1,16)'"}}, {"TDIM7", "(8,1,16)", "NCHAN = 16"}},
      {"axes too many", {{"TDIM7", "'(16,1,9)'"}}, {"TDIM7", "(16,1,9)", "128"}},
      {"axes overflow", {{"TDIM7", "'(4294967296,4294967296)'"}}, {"TDIM7"}},
      {"row too short", {{"NAXIS1", "100"}}, {"NAXIS1"}},
      {"column of another type", {{"TFORM4", "'16J     '"}}, {"TFORM4", "DAT_WTS", "'J'"}},
      {"column too long", {{"TFORM4", "'99999999999E'"}}, {"TFORM4"}},
      {"column of no type", {{"TFORM4", "'16?     '"}}, {"HDU 2", "TFORM"}},
      {"data scaled", {{"TSCAL7", "2.0"}}, {"DATA", "TSCAL 2"}},
      {"weights scaled", {{"TZERO4", "1.0"}}, {"DAT_WTS", "TZERO 1"}},
      {"an image", {{"XTENSION", "'IMAGE   '"}}, {"SUBINT"}},
      {"columns negative", {{"TFIELDS", "-1"}}, {"HDU 2"}},
      {"columns beyond the limit", {{"TFIELDS", "1000000"}}, {"HDU 2"}},
  }));
  INFO(fault.name);
  const TemporaryFolder folder;
  const std::string path = folder.file("bad.sf");
  PsrfitsFile file;
  file.changes = fault.changes;
  file.write(path);
  try {
    open_psrfits(path);
    FAIL("was read");
  } catch (const InputError& error) {
    const std::string text = error.what();
    INFO(text);
    CHECK(text.rfind(path + ": ", 0) == 0);
    CHECK(text.find("found") != std::string::npos);
    CHECK(text.find("expected") != std::string::npos);
    for (const std::string& part : fault.told) CHECK_THAT(text, ContainsSubstring(part));
  }
}

struct Oddity {
  const char* name;
  PsrfitsFile::Cards changes;
  std::vector<std::string> without;
  const char* told;  // in the warning; "" for none
};

TEST_CASE("an odd header is read, and the oddity is told", "[replay][psrfits]") {
  const auto oddity = GENERATE(values<Oddity>({
      {"nothing odd", {}, {}, ""},
      {"another type", {{"FITSTYPE", "'OTHER   '"}}, {}, "FITSTYPE"},
      {"no mode", {{"OBS_MODE", ""}}, {}, "OBS_MODE"},
      {"no start", {{"STT_IMJD", ""}}, {}, "STT_IMJD"},
      {"no weights", {}, {"DAT_WTS"}, "DAT_WTS"},
      {"no scales", {}, {"DAT_SCL"}, "DAT_SCL"},
      {"no offsets", {}, {"DAT_OFFS"}, "DAT_OFFS"},
      {"no row times", {}, {"OFFS_SUB"}, "OFFS_SUB"},
      {"no frequencies", {}, {"DAT_FREQ"}, "DAT_FREQ"},
      {"another centre", {{"OBSFREQ", "1400.0"}}, {}, "DAT_FREQ is used"},
      {"another step", {{"CHAN_BW", "0.5"}}, {}, "DAT_FREQ is used"},
      {"no position", {{"RA", "'unknown '"}}, {}, "RA"},
      {"spectra in all lie", {{"NSTOT", "320"}}, {}, "NSTOT"},
      {"spectra in all unknown", {{"NSTOT", "0"}}, {}, ""},
      {"depth in quotes", {{"NBITS", "'8       '"}}, {}, ""},
      {"rows before as a float", {{"NSUBOFFS", "0.0"}}, {}, ""},
      {"axes with bins", {{"TDIM7", "'(1,16,1,8)'"}}, {}, ""},
      {"axes with blanks", {{"TDIM7", "'(16, 1, 8)'"}}, {}, ""},
  }));
  INFO(oddity.name);
  const TemporaryFolder folder;
  const std::string path = folder.file("odd.sf");
  PsrfitsFile plain;
  plain.write(folder.file("plain.sf"));
  PsrfitsFile file;
  file.changes = oddity.changes;
  file.without = oddity.without;
  file.write(path);
  const auto recording = open_psrfits(path);
  const std::string told = oddity.told;
  REQUIRE(recording->warnings().size() == (told.empty() ? 0 : 1));
  if (!told.empty()) {
    CHECK(recording->warnings()[0].rfind(path + ": ", 0) == 0);
    CHECK_THAT(recording->warnings()[0], ContainsSubstring(told));
  }
  // Whatever was odd, the samples and the band are the same.
  const auto expected = open_psrfits(folder.file("plain.sf"));
  CHECK(recording->observation().frequency == expected->observation().frequency);
  CHECK(test::read_all(*recording) == test::read_all(*expected));
}

TEST_CASE("what the header says arrives in the observation", "[replay][psrfits]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.sf");
  PsrfitsFile file;
  file.write(path);
  const auto recording = open_psrfits(path);
  const Observation& observation = recording->observation();
  CHECK(observation.telescope == "Parkes");
  CHECK(observation.backend == "Medusa");
  CHECK(observation.source_name == "J0437-4715");
  CHECK(observation.beam == 7);
  CHECK(std::abs(*observation.ra_deg - 15.0 * (4.0 + 37.0 / 60.0 + 15.75 / 3600.0)) < 1e-10);
  CHECK(std::abs(*observation.dec_deg + (47.0 + 15.0 / 60.0 + 8.6 / 3600.0)) < 1e-10);
  CHECK(observation.time.start == UtcInstant{58227, 4321.125});
  CHECK(observation.time.sample_time.value() == 0.25);
  CHECK(observation.frequency == FrequencyAxis{Megahertz{1500.0}, Megahertz{-0.5}, 16});
  CHECK(observation.format == SampleFormat{8, false, false});
  CHECK(observation.samples == 32U);
  CHECK(observation.stored_bits == 8);
  CHECK(observation.stored_pols == 1);
  REQUIRE(recording->files().size() == 1);
  CHECK(recording->files()[0].path == path);
  CHECK(recording->files()[0].samples == 32);
  CHECK(recording->files()[0].format == "PSRFITS");
}

TEST_CASE("every prefix of a good file is read or refused", "[replay][psrfits]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("prefix.sf");
  PsrfitsFile file;
  const auto whole = file.bytes();
  std::size_t read = 0;
  const auto try_prefix = [&](std::size_t length) {
    PsrfitsFile::write_bytes(path, {whole.begin(), whole.begin() + static_cast<long>(length)});
    try {
      const auto recording = open_psrfits(path);
      test::read_all(*recording);
      ++read;
    } catch (const InputError& error) {
      CHECK(std::string{error.what()}.rfind(path + ": ", 0) == 0);
    }
  };
  for (std::size_t length = 0; length < whole.size(); length += 80) try_prefix(length);
  for (std::size_t length = 1; length < whole.size(); length += 331) try_prefix(length);
  CHECK(read > 0);
}

TEST_CASE("FITS is known by its first card", "[replay][psrfits]") {
  PsrfitsFile file;
  const auto bytes = file.bytes();
  CHECK(looks_like_fits(bytes));
  CHECK(!looks_like_fits(std::span{bytes}.first(8)));
  CHECK(!looks_like_fits(std::span{bytes}.subspan(80)));
  CHECK(!looks_like_fits({}));
  CHECK_THROWS_AS(open_psrfits("/nonexistent/a.sf"), MissingInput);
}

}  // namespace
}  // namespace draftstream
