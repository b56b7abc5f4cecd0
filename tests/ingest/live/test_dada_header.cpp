#include "ingest/live/dada_header.hpp"

#include <cmath>
#include <map>
#include <string>

#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

using Keys = std::map<std::string, std::string>;

// What every search needs, in the dialect of heimdall's users.
const Keys good{{"HDR_SIZE", "4096"}, {"NCHAN", "1024"}, {"NPOL", "1"},
                {"NDIM", "1"},        {"NBIT", "8"},     {"TSAMP", "64.0"},
                {"FREQ", "1400.0"},   {"BW", "-256.0"},  {"UTC_START", "2023-02-25-00:00:06"}};

// `changes` replace keys; "-" takes them away.
std::string text_of(const Keys& changes = {}) {
  Keys keys = good;
  for (const auto& [key, value] : changes) keys[key] = value;
  std::string text = "# a comment line\n";
  for (const auto& [key, value] : keys) {
    if (value != "-") text += key + "   \t " + value + "   # a comment\n";
  }
  return text;
}

DadaHeader parse(const Keys& changes, const DadaHeaderOptions& options = {}) {
  return parse_dada_header(text_of(changes), options);
}

}  // namespace

TEST_CASE("a good DADA header is read whole", "[ingest][dada]") {
  const auto header = parse({{"SOURCE", "PSR B0531+21"},
                             {"TELESCOPE", "GReX"},
                             {"INSTRUMENT", "SNAP#1"},
                             {"RA", "05:34:31.97"},
                             {"DEC", "+22:00:52.1"},
                             {"BEAM", "7"},
                             {"HDR_SIZE", "8192"},
                             {"BYTES_PER_SECOND", "16000000"},
                             {"OBS_OFFSET", "102400"}});
  const Observation& observation = header.observation;
  CHECK(observation.frequency ==
        FrequencyAxis(Megahertz{1400.0 + 128.0 - 0.125}, Megahertz{-0.25}, 1024));
  CHECK(observation.time.sample_time == Seconds{64e-6});
  CHECK(observation.time.start.mjd_day == 60000);
  CHECK(std::abs(observation.time.start.second_of_day - 6.0064) < 1e-12);
  CHECK(observation.format == SampleFormat{8, false, false});
  CHECK_FALSE(observation.samples);
  CHECK(observation.source_name == "PSR B0531+21");
  CHECK(observation.telescope == "GReX");
  CHECK(observation.backend == "SNAP#1");
  REQUIRE(observation.ra_deg);
  CHECK(std::abs(*observation.ra_deg - 83.63320833) < 1e-7);
  REQUIRE(observation.dec_deg);
  CHECK(std::abs(*observation.dec_deg - 22.01447222) < 1e-7);
  CHECK(observation.beam == 7);
  CHECK(observation.stored_pols == 1);
  CHECK(header.header_bytes == 8192);
  CHECK(header.warnings.empty());
}

TEST_CASE("what need not be there is unknown", "[ingest][dada]") {
  const auto header = parse({{"HDR_SIZE", "-"},
                             {"NPOL", "-"},
                             {"NDIM", "-"},
                             {"SOURCE", "unknown"},
                             {"TELESCOPE", "UNSET"},
                             {"BEAM", "None"}});
  CHECK(header.header_bytes == 4096);
  CHECK(header.observation.source_name.empty());
  CHECK(header.observation.telescope.empty());
  CHECK_FALSE((header.observation.ra_deg || header.observation.dec_deg));
  CHECK_FALSE(header.observation.beam);
  CHECK(header.warnings.empty());
}

TEST_CASE("bands in all dialects", "[ingest][dada]") {
  struct Row {
    std::string dialect;
    Keys keys;
    double first_mhz, step_mhz;
  };
  const auto row = GENERATE(values<Row>({
      {"centre, descending", {{"BW", "-256"}}, 1527.875, -0.25},
      {"centre, ascending", {{"BW", "+256"}}, 1272.125, 0.25},
      {"heimdall's other names",
       {{"FREQ", "-"}, {"BW", "-"}, {"CFREQ", "1400"}, {"BANDWIDTH", "-256"}},
       1527.875,
       -0.25},
      {"both names", {{"CFREQ", "1400"}}, 1527.875, -0.25},
      {"ARTS",
       {{"FREQ", "-"}, {"BW", "-"}, {"MIN_FREQUENCY", "1220.1"}, {"CHANNEL_BANDWIDTH", "0.25"}},
       1220.1,
       0.25},
      {"ARTS, descending",
       {{"FREQ", "-"}, {"BW", "-"}, {"MIN_FREQUENCY", "1220"}, {"CHANNEL_BANDWIDTH", "-0.25"}},
       1220 + 1023 * 0.25,
       -0.25},
      {"ARTS with half of the other",
       {{"FREQ", "-"}, {"MIN_FREQUENCY", "1220"}, {"CHANNEL_BANDWIDTH", "0.25"}},
       1220.0,
       0.25},
      {"two that agree",
       {{"MIN_FREQUENCY", "1272.0"}, {"CHANNEL_BANDWIDTH", "0.25"}, {"BW", "256"}},
       1272.125,
       0.25},
      {"one channel", {{"NCHAN", "1"}}, 1400.0, -256.0},
  }));
  CAPTURE(row.dialect);
  const auto axis = parse(row.keys).observation.frequency;
  CHECK(std::abs(axis.first().value() - row.first_mhz) < 1e-9);
  CHECK(std::abs(axis.step().value() - row.step_mhz) < 1e-12);
}

TEST_CASE("sample times in both units", "[ingest][dada]") {
  struct Row {
    std::string what;
    Keys keys;
    DadaTimeUnit unit;
    double seconds;
    std::size_t warnings;
  };
  const auto row = GENERATE(values<Row>({
      {"us", {}, DadaTimeUnit::automatic, 64e-6, 0},
      {"us, said", {}, DadaTimeUnit::microseconds, 64e-6, 0},
      {"s, said", {{"TSAMP", "0.00008192"}}, DadaTimeUnit::seconds, 81.92e-6, 0},
      {"us by rate", {{"BYTES_PER_SECOND", "16000000"}}, DadaTimeUnit::automatic, 64e-6, 0},
      {"rate of a percent off",
       {{"BYTES_PER_SECOND", "15900000.5"}},
       DadaTimeUnit::automatic,
       64e-6,
       0},
      {"s by rate",
       {{"TSAMP", "8.192e-5"}, {"BYTES_PER_SECOND", "12500000"}},
       DadaTimeUnit::automatic,
       81.92e-6,
       1},
      {"slow, s by rate",
       {{"TSAMP", "2"}, {"BYTES_PER_SECOND", "512"}},
       DadaTimeUnit::automatic,
       2.0,
       1},
      {"no rate", {{"BYTES_PER_SECOND", "0"}}, DadaTimeUnit::automatic, 64e-6, 0},
  }));
  CAPTURE(row.what);
  DadaHeaderOptions options;
  options.tsamp = row.unit;
  const auto header = parse(row.keys, options);
  CHECK(std::abs(header.observation.time.sample_time.value() / row.seconds - 1.0) < 1e-12);
  CHECK(header.warnings.size() == row.warnings);

  // A rate that fits nothing is not looked at if it is to be ignored.
  Keys keys = row.keys;
  keys["BYTES_PER_SECOND"] = "1";
  options.check_rate = false;
  if (row.warnings == 0) {
    CHECK(parse(keys, options).observation.time.sample_time == header.observation.time.sample_time);
  }
  options.check_rate = true;
  CHECK_THROWS_AS(parse(keys, options), InputError);
}

TEST_CASE("starts from all keys", "[ingest][dada]") {
  struct Row {
    std::string what;
    Keys keys;
    std::int64_t day;
    double second;
    std::size_t warnings;
  };
  const auto row = GENERATE(values<Row>({
      {"UTC", {}, 60000, 6.0, 0},
      {"a fraction", {{"UTC_START", "2023-02-25-00:00:06.25"}}, 60000, 6.25, 0},
      {"picoseconds", {{"PICOSECONDS", "250000000001"}}, 60000, 6.250000000001, 0},
      {"both, the same",
       {{"UTC_START", "2023-02-25-00:00:06.25"}, {"PICOSECONDS", "250000000000"}},
       60000,
       6.25,
       0},
      {"MJD", {{"UTC_START", "-"}, {"MJD_START", "60000.5"}}, 60000, 43200.0, 0},
      {"MJD, no UTC", {{"UTC_START", "unknown"}, {"MJD_START", "60000.5"}}, 60000, 43200.0, 0},
      {"both", {{"MJD_START", "60000.000069444444"}}, 60000, 6.0, 0},
      {"both, not the same", {{"MJD_START", "60000.5"}}, 60000, 6.0, 1},
      {"none", {{"UTC_START", "-"}}, 0, 0.0, 1},
      {"none, and bytes", {{"UTC_START", "-"}, {"OBS_OFFSET", "1024"}}, 0, 64e-6, 1},
      {"bytes", {{"OBS_OFFSET", "16000000000"}}, 60000, 1006.0, 0},
      {"a day of bytes", {{"OBS_OFFSET", "1382400000000"}}, 60001, 6.0, 0},
      {"bytes inside a spectrum", {{"OBS_OFFSET", "512"}}, 60000, 6.000032, 1},
      // The rate is rounded, so the offset must not be divided by it.
      {"a rounded rate",
       {{"OBS_OFFSET", "16000000000"}, {"BYTES_PER_SECOND", "16000001"}},
       60000,
       1006.0,
       0},
  }));
  CAPTURE(row.what);
  const auto header = parse(row.keys);
  CHECK(header.observation.time.start.mjd_day == row.day);
  CHECK(std::abs(header.observation.time.start.second_of_day - row.second) < 1e-11);
  CHECK(header.warnings.size() == row.warnings);
}

TEST_CASE("formats", "[ingest][dada]") {
  const int bits = GENERATE(1, 2, 4, 8, 16, 32);
  DadaHeaderOptions options;
  options.is_signed = GENERATE(false, true);
  const auto format = parse({{"NBIT", std::to_string(bits)}}, options).observation.format;
  CHECK(format.bits == bits);
  CHECK(format.is_float == (bits == 32));
  CHECK(format.is_signed == (options.is_signed && (bits == 8 || bits == 16)));
  CHECK_NOTHROW(check(format));
}

TEST_CASE("polarisations count unless they are not to", "[ingest][dada]") {
  DadaHeaderOptions options;
  options.ignore_pols = true;
  const auto header = parse({{"NPOL", "2"}}, options);
  CHECK(header.observation.stored_pols == 1);
  REQUIRE(header.warnings.size() == 1);
  CHECK_THAT(header.warnings[0], ContainsSubstring("key NPOL: found '2', read as 1"));
}

TEST_CASE("lines are read as ascii headers are", "[ingest][dada]") {
  struct Row {
    std::string what, lines, source;
  };
  const auto row = GENERATE(values<Row>({
      {"a blank", "SOURCE Crab\n", "Crab"},
      {"a tab", "SOURCE\tCrab\n", "Crab"},
      {"DOS", "SOURCE Crab\r\n", "Crab"},
      {"a comment", "SOURCE Crab # SOURCE Vela\n", "Crab"},
      {"a comment with a tab", "SOURCE Crab\t# Vela\n", "Crab"},
      {"a # in a word", "SOURCE Crab#1 # the first\n", "Crab#1"},
      {"two words", "SOURCE PSR  B0531+21   \n", "PSR  B0531+21"},
      {"not at the start", " SOURCE Vela\n", ""},
      {"a longer key", "SOURCES Vela\nMYSOURCE Vela\n", ""},
      {"lower case", "source Vela\n", ""},
      {"commented out", "#SOURCE Vela\n# SOURCE Vela\n", ""},
      {"nothing behind it", "SOURCE\n", ""},
      {"blanks behind it", "SOURCE    \n", ""},
      {"behind a backslash", "X y \\SOURCE Crab\n", "Crab"},
      {"twice the same", "SOURCE Crab\nSOURCE Crab # again\n", "Crab"},
      {"behind the end", std::string{"SOURCE Crab\n"} + '\0' + "\nSOURCE Vela\n", "Crab"},
      {"not ASCII",
       "SOURCE Cr\xc3\xa4"
       "b\n",
       "Cr??b"},
  }));
  CAPTURE(row.what);
  CHECK(parse_dada_header(text_of() + row.lines).observation.source_name == row.source);
}

TEST_CASE("a bad header names the key, what was found and what was expected", "[ingest][dada]") {
  struct Row {
    std::string fault;
    Keys keys;
    std::string message;
    DadaHeaderOptions options = {};
  };
  const DadaHeaderOptions in_seconds{DadaTimeUnit::seconds, true, false, false};
  const DadaHeaderOptions in_us{DadaTimeUnit::microseconds, true, false, false};
  const auto row = GENERATE_COPY(values<Row>({
      {"no NCHAN", {{"NCHAN", "-"}}, "key NCHAN: found no such key, expected 1 to 1048576"},
      {"NCHAN 0", {{"NCHAN", "0"}}, "key NCHAN: found '0', expected 1 to 1048576"},
      {"NCHAN < 0", {{"NCHAN", "-1024"}}, "key NCHAN: found '-1024', expected 1 to 1048576"},
      {"NCHAN huge",
       {{"NCHAN", "99999999999999999999"}},
       "key NCHAN: found '99999999999999999999', expected a whole number"},
      {"NCHAN a word", {{"NCHAN", "many"}}, "key NCHAN: found 'many', expected a whole number"},
      {"NCHAN empty", {{"NCHAN", ""}}, "key NCHAN: found '', expected a whole number"},
      {"NCHAN with more", {{"NCHAN", "1024 channels"}}, "found '1024 channels', expected a whole"},
      {"spectra of bits",
       {{"NCHAN", "1023"}, {"NBIT", "4"}},
       "key NCHAN: found '1023', expected spectra of 4-bit samples that fill whole bytes"},
      {"no NBIT", {{"NBIT", "-"}}, "key NBIT: found no such key, expected 1 to 32"},
      {"NBIT 3", {{"NBIT", "3"}}, "key NBIT: found '3', expected 1, 2, 4, 8, 16 or 32"},
      {"NBIT -32", {{"NBIT", "-32"}}, "key NBIT: found '-32', expected 1 to 32"},
      {"voltages", {{"NDIM", "2"}}, "key NDIM: found '2', expected 1 (samples of power"},
      {"NPOL 2", {{"NPOL", "2"}}, "key NPOL: found '2', expected 1 (Stokes I), or to be told"},
      {"NPOL 0", {{"NPOL", "0"}}, "key NPOL: found '0', expected 1 (Stokes I)"},
      {"no band",
       {{"FREQ", "-"}, {"BW", "-"}},
       "key FREQ: found no such key, expected FREQ and BW, CFREQ and BANDWIDTH, or MIN_FREQUENCY"},
      {"half a band", {{"BW", "-"}}, "key BW: found no such key, expected FREQ and BW"},
      {"BW 0",
       {{"BW", "0"}},
       "keys FREQ, BW: found channels from 1400 to 1400 MHz, expected a band"},
      {"FREQ in Hz", {{"FREQ", "1.4e9"}}, "keys FREQ, BW: found channels from 14000001"},
      {"below zero", {{"BW", "4000"}}, "keys FREQ, BW: found channels from -598"},
      {"FREQ NaN", {{"FREQ", "nan"}}, "key FREQ: found 'nan', expected a number"},
      {"FREQ endless", {{"FREQ", "inf"}}, "key FREQ: found 'inf', expected a number"},
      {"two centres",
       {{"CFREQ", "1300"}},
       "key CFREQ: found '1300', expected 1400, as FREQ has it"},
      {"two bands",
       {{"MIN_FREQUENCY", "1300"}, {"CHANNEL_BANDWIDTH", "0.25"}, {"BW", "256"}},
       "found channel 0 at 1300 MHz and steps of 0.25 MHz, expected 1272.125 MHz and 0.25 MHz"},
      {"two directions",
       {{"MIN_FREQUENCY", "1272.125"}, {"CHANNEL_BANDWIDTH", "0.25"}},
       "keys MIN_FREQUENCY, CHANNEL_BANDWIDTH: found channel 0 at 1272.125 MHz"},
      {"no TSAMP", {{"TSAMP", "-"}}, "key TSAMP: found no such key"},
      {"TSAMP 0",
       {{"TSAMP", "0"}},
       "key TSAMP: found '0', expected 1e-09 to 60 s; it was read in us"},
      {"TSAMP < 0", {{"TSAMP", "-64"}}, "key TSAMP: found '-64', expected 0 to"},
      {"TSAMP in s",
       {{"TSAMP", "0.000064"}},
       "key TSAMP: found '0.000064', expected 1e-09 to 60 s; it was read in us"},
      {"TSAMP in us",
       {},
       "key TSAMP: found '64.0', expected 1e-09 to 60 s; it was read in s",
       in_seconds},
      {"a rate of nothing",
       {{"BYTES_PER_SECOND", "12345"}},
       "key BYTES_PER_SECOND: found '12345', expected 16000000, which NCHAN, NBIT and TSAMP = 64 "
       "us "
       "make"},
      {"a rate of us",
       {{"TSAMP", "2"}, {"BYTES_PER_SECOND", "512000000"}},
       "expected 512, which NCHAN, NBIT and TSAMP = 2 s make (it fits us)",
       in_seconds},
      {"a rate of s",
       {{"TSAMP", "2"}, {"BYTES_PER_SECOND", "512"}},
       "expected 512000000, which NCHAN, NBIT and TSAMP = 2 us make (it fits s)",
       in_us},
      {"a start that is none",
       {{"UTC_START", "yesterday"}},
       "key UTC_START: found 'yesterday', expected YYYY-MM-DD-hh:mm:ss[.fraction]"},
      {"an MJD that is none", {{"MJD_START", "2460000.5"}}, "key MJD_START: found '2460000.5'"},
      {"picoseconds of more than a second",
       {{"PICOSECONDS", "1000000000000"}},
       "key PICOSECONDS: found '1000000000000', expected 0 to 999999999999"},
      {"two fractions",
       {{"UTC_START", "2023-02-25-00:00:06.5"}, {"PICOSECONDS", "250000000000"}},
       "key PICOSECONDS: found '250000000000', expected 500000000000, as UTC_START has it"},
      {"an offset before the start",
       {{"OBS_OFFSET", "-1"}},
       "key OBS_OFFSET: found '-1', expected a number of bytes, 0 or more"},
      {"BEAM a word", {{"BEAM", "centre"}}, "key BEAM: found 'centre', expected a whole number"},
      {"BEAM < 0", {{"BEAM", "-1"}}, "key BEAM: found '-1', expected 0 to 1000000"},
      {"HDR_SIZE 0", {{"HDR_SIZE", "0"}}, "key HDR_SIZE: found '0', expected 1 to 16777216"},
      {"long",
       {{"NBIT", std::string(100, '7')}},
       "key NBIT: found '" + std::string(60, '7') + "...', expected a whole number"},
  }));
  CAPTURE(row.fault);
  try {
    (void)parse(row.keys, row.options);
    FAIL("it was read");
  } catch (const InputError& error) {
    CHECK_THAT(error.what(), ContainsSubstring(row.message));
  }
}

TEST_CASE("what is no header, and keys that contradict themselves, are refused", "[ingest][dada]") {
  CHECK_THROWS_WITH(parse_dada_header(""), ContainsSubstring("key NCHAN: found no such key"));
  CHECK_THROWS_WITH(parse_dada_header("\x0c"),
                    ContainsSubstring("byte 0: found byte 0x0c, expected "
                                      "the text of a DADA header"));
  CHECK_THROWS_WITH(parse_dada_header(text_of() + "NBIT 32\n"),
                    ContainsSubstring("key NBIT: found '32', expected '8', as further up"));
  CHECK_NOTHROW(parse_dada_header(text_of() + "COMMENT one\nCOMMENT two\n"));
}

TEST_CASE("a position that is none is unknown", "[ingest][dada]") {
  const auto header = parse({{"RA", "north"}, {"DEC", "22:00:00"}});
  CHECK_FALSE(header.observation.ra_deg);
  CHECK_FALSE(header.observation.dec_deg);
  REQUIRE(header.warnings.size() == 1);
  CHECK_THAT(header.warnings[0],
             ContainsSubstring("found 'north', '22:00:00', which is no position"));
}

TEST_CASE("all beginnings of a header are read or refused", "[ingest][dada]") {
  const std::string whole = text_of({{"RA", "05:34:31.97"}, {"DEC", "+22:00:52.1"}, {"BEAM", "7"}});
  std::size_t read = 0;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    try {
      (void)parse_dada_header(std::string_view{whole}.substr(0, size));
      ++read;
    } catch (const InputError&) {  // as it should be
    }
  }
  CHECK(read > 0);
}

TEST_CASE("the size of a header is found in its beginning", "[ingest][dada]") {
  CHECK(dada_header_bytes("") == 4096);
  CHECK(dada_header_bytes("HDR_VERSION 1.0\nHDR_SIZE 65536\nNCHAN 10") == 65536);
  CHECK_THROWS_AS(dada_header_bytes("HDR_SIZE -1\n"), InputError);
  CHECK_THROWS_AS(dada_header_bytes("HDR_SIZE 16777217\n"), InputError);
}
