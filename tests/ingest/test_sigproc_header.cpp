#include "ingest/sigproc/sigproc_header.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sigproc_bytes.hpp"

using namespace draftstream;
using draftstream::test::sigproc_header;
using draftstream::test::sigproc_start;
using draftstream::test::SigprocBytes;
using draftstream::test::SigprocSetup;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

SigprocHeader parse(SigprocBytes bytes) {
  return parse_sigproc_header(bytes.end().bytes());
}

// A header without fch1 and foff, but with a table of `entries` channels, of which it has 3.
SigprocBytes with_table(std::int32_t entries, double second_mhz = 1450.0) {
  auto bytes = sigproc_start()
                   .string("source_name", "B0531+21")
                   .key("data_type", std::int32_t{1})
                   .key("nchans", std::int32_t{3})
                   .key("nbits", std::int32_t{8})
                   .key("nifs", std::int32_t{1})
                   .key("tsamp", 0.001)
                   .key("tstart", 59000.5)
                   .text("FREQUENCY_START");
  const double centres[] = {1500.0, second_mhz, 1300.0, 1200.0};
  for (std::int32_t c = 0; c < entries; ++c) bytes.key("fchannel", centres[c]);
  return bytes.text("FREQUENCY_END");
}

}  // namespace

TEST_CASE("a good header is read whole", "[ingest][sigproc_header]") {
  auto bytes = sigproc_header()
                   .string("rawdatafile", std::string(200, 'x'))
                   .key("machine_id", std::int32_t{2})
                   .key("src_raj", 53431.97)
                   .key("src_dej", 220052.1)
                   .key("nbeams", std::int32_t{13})
                   .key("ibeam", std::int32_t{7})
                   .key("nsamples", std::int32_t{10})
                   .end();
  const std::size_t size = bytes.bytes().size();
  const auto header = parse_sigproc_header(bytes.samples(640).bytes());
  CHECK(header.frequency == FrequencyAxis(Megahertz{1500.0}, Megahertz{-1.0}, 64));
  CHECK(header.time.sample_time == Seconds{0.001});
  CHECK(header.time.start == UtcInstant{59000, 43200.0});
  CHECK(header.format == SampleFormat{8, false, false});
  CHECK(header.ifs == 1);
  CHECK(header.telescope == "Parkes");
  CHECK(header.backend == "WAPP");
  CHECK(header.source_name == "B0531+21");
  REQUIRE(header.ra_deg.has_value());
  CHECK(std::abs(*header.ra_deg - 83.63320833) < 1e-7);
  REQUIRE(header.dec_deg.has_value());
  CHECK(std::abs(*header.dec_deg - 22.01447222) < 1e-7);
  CHECK(header.beam == 7);
  CHECK(header.claimed_samples == 10);
  CHECK(header.data_byte == size);
  CHECK(header.warnings.empty());
}

TEST_CASE("a frequency table gives the band", "[ingest][sigproc_header]") {
  const auto header = parse(with_table(3));
  CHECK(header.frequency ==
        FrequencyAxis({Megahertz{1500.0}, Megahertz{1450.0}, Megahertz{1300.0}}));
  CHECK(header.warnings.empty());
  CHECK(parse(with_table(3).key("fch1", 0.0).key("foff", 0.0)).warnings.empty());
  CHECK(parse(with_table(3).key("fch1", 1400.0).key("foff", -1.0)).warnings.size() == 1);
}

TEST_CASE("a bad header says where, what and what was expected", "[ingest][sigproc_header]") {
  struct Row {
    std::string fault;
    SigprocBytes file;
    std::string message;
  };
  SigprocBytes big_endian;
  big_endian.raw(std::int32_t{0x0c000000});
  for (const char c : std::string{"HEADER_START"}) big_endian.raw(c);
  const auto good = [](auto change) {
    SigprocSetup setup;
    change(setup);
    return sigproc_header(setup).end();
  };
  const auto row = GENERATE_COPY(values<Row>({
      {"empty", {}, "byte 0: found the end of the data, expected a SIGPROC header"},
      {"text", SigprocBytes{}.raw('t').raw('e').raw('\n'),
       "byte 0: found 'te\\x0a', expected a SIGPROC header ('HEADER_START')"},
      {"big-endian", big_endian, "byte 0: found a big-endian header, expected a little-endian one"},
      {"cut in a length", sigproc_start().raw('a'),
       "byte 17: found the end of the data, expected 3 more bytes of the header"},
      {"cut in a value", sigproc_start().text("fch1"),
       "byte 24: found the end of the data, expected 8 more bytes of the header"},
      {"no end", sigproc_header(), "found the end of the data, expected 4 more bytes"},
      {"unknown key", sigproc_start().key("nchan", std::int32_t{4}),
       "byte 16: found key 'nchan', expected a SIGPROC key"},
      {"unprintable key", sigproc_start().text("\x01\xffz"),
       "byte 16: found key '\\x01\\xffz', expected a SIGPROC key"},
      {"folded profiles", sigproc_start().key("npuls", std::int64_t{4}),
       "byte 16: found key 'npuls' of folded pulse profiles, expected a filterbank"},
      {"empty key", sigproc_start().raw(std::int32_t{0}),
       "byte 16: found a string of 0 bytes, expected 1 to 80"},
      {"negative key", sigproc_start().raw(std::int32_t{-1}),
       "byte 16: found a string of -1 bytes, expected 1 to 80"},
      {"absurd text", sigproc_start().text("source_name").raw(std::int32_t{0x7fffffff}),
       "byte 31: found a string of 2147483647 bytes, expected 0 to 4096"},
      {"repeated otherwise", sigproc_header().key("nbits", std::int32_t{16}).end(),
       "found nbits = 16, expected 8 as at byte"},
      {"renamed", sigproc_header().string("source_name", "M31").end(),
       "found source_name = 'M31', expected 'B0531+21' as at byte 31"},
      {"time series", sigproc_start().key("data_type", std::int32_t{2}).end(),
       "byte 29: found data_type = 2 (a dedispersed time series), expected 1 (a filterbank)"},
      {"unknown type", sigproc_start().key("data_type", std::int32_t{-7}).end(),
       "byte 29: found data_type = -7 (unknown), expected 1 (a filterbank)"},
      {"time series without a type",
       sigproc_start().key("refdm", 56.0).key("nchans", std::int32_t{1}).end(),
       "byte 25: found refdm = 56 of a dedispersed time series, expected a filterbank"},
      {"no keys", sigproc_start().end(),
       "byte 16: found HEADER_END, expected key 'nchans' before it"},
      {"no fch1", sigproc_start().key("nchans", std::int32_t{1}).end(),
       "byte 30: found HEADER_END, expected key 'fch1' before it"},
      {"nchans 0", good([](auto& s) { s.channels = 0; }),
       "found nchans = 0, expected 1 to 1048576"},
      {"nchans < 0", good([](auto& s) { s.channels = -64; }),
       "found nchans = -64, expected 1 to 1048576"},
      {"nchans huge", good([](auto& s) { s.channels = 0x7fffffff; }),
       "found nchans = 2147483647, expected 1 to 1048576"},
      {"nbits 7", good([](auto& s) { s.bits = 7; }),
       "found nbits = 7, expected 1, 2, 4, 8, 16 or 32"},
      {"nbits 64", good([](auto& s) { s.bits = 64; }),
       "found nbits = 64, expected 1, 2, 4, 8, 16 or 32"},
      {"nifs 3", good([](auto& s) { s.ifs = 3; }), "found nifs = 3, expected 1, 2 or 4"},
      {"nifs 0", good([](auto& s) { s.ifs = 0; }), "found nifs = 0, expected 1, 2 or 4"},
      {"fch1 inf", good([](auto& s) { s.first_mhz = inf; }),
       "found fch1 = inf, expected 1 to 1000000"},
      {"fch1 in Hz", good([](auto& s) { s.first_mhz = 1.4e9; }),
       "found fch1 = 1400000000, expected 1 to 1000000"},
      {"fch1 NaN", good([](auto& s) { s.first_mhz = std::nan(""); }),
       "found fch1 = nan, expected 1 to 1000000"},
      {"foff 0", good([](auto& s) { s.step_mhz = 0.0; }),
       "found foff = 0, expected a step that is not 0 and keeps 64 channels between"},
      {"below 0 MHz", good([](auto& s) { s.step_mhz = -100.0; }),
       "found foff = -100, expected a step that is not 0 and keeps 64 channels between"},
      {"foff NaN", good([](auto& s) { s.step_mhz = std::nan(""); }),
       "found foff = nan, expected -10000 to 10000"},
      {"tsamp 0", good([](auto& s) { s.sample_time_s = 0.0; }),
       "found tsamp = 0, expected 1e-09 to 60"},
      {"tsamp NaN", good([](auto& s) { s.sample_time_s = std::nan(""); }),
       "found tsamp = nan, expected 1e-09 to 60"},
      {"tsamp in us", good([](auto& s) { s.sample_time_s = 64.0; }),
       "found tsamp = 64, expected 1e-09 to 60"},
      {"tstart NaN", good([](auto& s) { s.start_mjd = std::nan(""); }),
       "found tstart = nan, expected 0 to 200000"},
      {"tstart in JD", good([](auto& s) { s.start_mjd = 2459000.5; }),
       "found tstart = 2459000.5, expected 0 to 200000"},
      {"signed 2", sigproc_header().key("signed", std::int8_t{2}).end(),
       "found signed = 2, expected 0 to 1"},
      {"signed bits", sigproc_header({64, 2}).key("signed", std::int8_t{1}).end(),
       "found signed = 1, expected 0, as nbits = 2"},
      {"short table", with_table(2).end(),
       "found a table of 2 fchannel values, expected nchans = 3"},
      {"long table", with_table(4).end(),
       "found a table of 4 fchannel values, expected nchans = 3"},
      {"table with NaN", with_table(3, std::nan("")).end(),
       "found fchannel = nan for channel 1, expected 1 to 1000000"},
      {"table that stands still", with_table(3, 1500.0).end(),
       "found fchannel = 1500 for channels 0 and 1, expected two frequencies"},
  }));
  INFO(row.fault);
  CHECK_THROWS_AS(parse_sigproc_header(row.file.bytes()), InputError);
  CHECK_THROWS_WITH(parse_sigproc_header(row.file.bytes()), ContainsSubstring(row.message));
}

TEST_CASE("what is odd is read with a warning", "[ingest][sigproc_header]") {
  struct Row {
    SigprocBytes file;
    std::string warning;
  };
  const auto bare = [] {
    return sigproc_start()
        .key("fch1", 1500.0)
        .key("foff", -1.0)
        .key("nchans", std::int32_t{64})
        .key("nbits", std::int32_t{8})
        .key("tsamp", 0.001);
  };
  const auto row = GENERATE_COPY(values<Row>({
      {bare(), "key 'nifs' is missing; taken as 1."},
      {bare(), "key 'source_name' is missing; the source is unknown."},
      {bare(), "key 'data_type' is missing; taken as 1 (filterbank)."},
      {bare(), "key 'tstart' is missing; times count from MJD 0."},
      {bare().string("source_name", ""), "source_name is empty; the source is unknown."},
      {bare().string("source_name", std::string("\0\0 ", 3)), "source_name is empty"},
      {bare().string("source_name", "a\xff\nb"),
       "source_name holds bytes that are not printable; read as 'a??b'."},
      {bare().key("data_type", std::int32_t{0}), "data_type = 0 (raw data)"},
      {bare().key("tstart", 0.0), "tstart = 0; times count from MJD 0."},
      {sigproc_header().key("nbits", std::int32_t{8}), "key 'nbits' stands there twice."},
      {sigproc_header().key("refdm", 10.0), "refdm = 10; the samples are taken as not dedispersed"},
      {sigproc_header().key("barycentric", std::int32_t{1}), "barycentric = 1"},
      {sigproc_start()
           .key("telescope_id", std::int32_t{77})
           .key("fch1", 1500.0)
           .key("foff", -1.0)
           .key("nchans", std::int32_t{64})
           .key("nbits", std::int32_t{8})
           .key("tsamp", 0.001),
       "telescope_id = 77 names no telescope"},
      {sigproc_header().key("src_raj", 250000.0).key("src_dej", 0.0),
       "src_raj = 250000, src_dej = 0 is no position"},
      {sigproc_header().key("src_raj", std::nan("")).key("src_dej", 0.0), "is no position"},
  }));
  const auto header = parse(row.file);
  bool found = false;
  for (const std::string& warning : header.warnings) {
    found = found || warning.find(row.warning) != std::string::npos;
  }
  INFO(row.warning);
  CHECK(found);
  CHECK(header.frequency.channels() == 64);
}

TEST_CASE("unknown labels stay empty", "[ingest][sigproc_header]") {
  const auto header = parse(sigproc_header()
                                .key("src_raj", 0.0)
                                .key("src_dej", 0.0)
                                .key("nbeams", std::int32_t{0})
                                .key("ibeam", std::int32_t{0})
                                .key("machine_id", std::int32_t{0})
                                .key("signed", std::int8_t{1}));
  CHECK_FALSE(header.ra_deg.has_value());
  CHECK_FALSE(header.dec_deg.has_value());
  CHECK_FALSE(header.beam.has_value());
  CHECK(header.backend.empty());
  CHECK(header.format == SampleFormat{8, true, false});
  CHECK(parse(sigproc_header({64, 32}).key("signed", std::int8_t{0})).format == float_samples);
  CHECK_FALSE(parse(sigproc_header().key("ibeam", std::int32_t{-1})).beam.has_value());
}

TEST_CASE("no prefix of a good header is accepted", "[ingest][sigproc_header][property]") {
  const std::vector<std::byte> files[] = {
      sigproc_header().key("src_raj", 53431.97).key("signed", std::int8_t{0}).end().bytes(),
      with_table(3).key("nsamples", std::int32_t{1}).end().bytes()};
  for (const auto& file : files) {
    for (std::size_t length = 0; length < file.size(); ++length) {
      // A copy of its own, so that reading behind its end is seen by the address sanitizer.
      const std::vector<std::byte> prefix(file.begin(),
                                          file.begin() + static_cast<std::ptrdiff_t>(length));
      CAPTURE(length);
      REQUIRE_THROWS_AS(parse_sigproc_header(prefix), InputError);
    }
    CHECK_NOTHROW(parse_sigproc_header(file));
  }
}

TEST_CASE("a header that comes byte by byte is the same header",
          "[ingest][sigproc_header][property]") {
  const std::vector<std::byte> whole =
      sigproc_header().string("rawdatafile", "a\x01.fil").end().samples(20).bytes();
  SigprocFieldsReader reader;
  std::size_t length = 0;
  while (length < whole.size() && !reader.read(std::span{whole}.first(length))) {
    const std::size_t missing = reader.missing();
    REQUIRE(missing > 0);
    // As many bytes as it asks for are never too many.
    REQUIRE(length + missing <= whole.size() - 20);
    ++length;
  }
  const SigprocFields& pieces = reader.fields();
  const SigprocFields once = read_sigproc_fields(whole);
  CHECK(length == whole.size() - 20);
  CHECK(pieces.data_byte == length);
  CHECK(pieces.end_byte == once.end_byte);
  CHECK(pieces.warnings == once.warnings);
  REQUIRE(pieces.warnings.size() == 1);  // said once, however often the rest was asked for
  REQUIRE(pieces.values.size() == once.values.size());
  for (const auto& [key, field] : once.values) {
    CAPTURE(key);
    REQUIRE(pieces.find(key) != nullptr);
    CHECK(pieces.find(key)->number == field.number);
    CHECK(pieces.find(key)->text == field.text);
    CHECK(pieces.find(key)->byte == field.byte);
  }
}

TEST_CASE("a header with any one byte spoiled is read or refused",
          "[ingest][sigproc_header][property]") {
  const auto file = with_table(3).key("nsamples", std::int32_t{1}).end().bytes();
  std::size_t refused = 0;
  for (std::size_t i = 0; i < file.size(); ++i) {
    for (const unsigned flip : {0x01U, 0x80U, 0xFFU}) {
      auto spoiled = file;
      spoiled[i] ^= static_cast<std::byte>(flip);
      try {
        parse_sigproc_header(spoiled);
      } catch (const InputError&) {
        ++refused;
      }
    }
  }
  CHECK(refused > file.size());  // most of the header is keys, which must match
}
