#include "replay/sigproc_recording.hpp"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sigproc_bytes.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using namespace draftstream::test;

namespace {

std::vector<std::byte> read_all(Recording& recording) {
  const auto& observation = recording.observation();
  std::vector<std::byte> all(*observation.samples * observation.spectrum_bytes());
  recording.read(0, all);
  return all;
}

std::vector<float> spectrum(Recording& recording, std::uint64_t sample) {
  const auto& observation = recording.observation();
  std::vector<std::byte> stored(observation.spectrum_bytes());
  recording.read(sample, stored);
  std::vector<float> values(observation.frequency.channels());
  unpack_spectrum(stored, observation.format, values);
  return values;
}

// KiB of this process's memory that are pages of mapped files.
long mapped_pages_kib() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("RssFile:", 0) == 0) return std::stol(line.substr(8));
  }
  return -1;
}

class Fixture {
 public:
  std::unique_ptr<Recording> open(const SigprocBytes& bytes, const OpenOptions& options = {}) {
    write_file(path(), bytes.bytes());
    return open_recording(path(), options);
  }
  [[nodiscard]] std::string path() const { return folder_.file("a.fil"); }

 private:
  TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("samples come as they lie in the file", "[replay][sigproc_recording]") {
  Fixture fixture;
  const auto header = sigproc_header().end();
  const std::size_t size = header.bytes().size();
  const auto file = SigprocBytes{header}.samples(640);
  const auto recording = fixture.open(file);
  CHECK(recording->observation().samples == 10);
  CHECK(recording->observation().stored_bits == 8);
  CHECK(recording->warnings().empty());
  CHECK(recording->gaps().empty());
  REQUIRE(recording->files().size() == 1);
  CHECK(recording->files()[0].path == fixture.path());
  CHECK(recording->files()[0].format == "SIGPROC");
  CHECK(recording->files()[0].samples == 10);
  const auto& bytes = file.bytes();
  CHECK(read_all(*recording) ==
        std::vector<std::byte>(bytes.begin() + static_cast<std::ptrdiff_t>(size), bytes.end()));
  CHECK(spectrum(*recording, 3)[5] == static_cast<float>((3 * 64 + 5) * 37 % 251));
}

TEST_CASE("spectra may be read in any order, but not past the end", "[replay][sigproc_recording]") {
  Fixture fixture;
  const auto recording = fixture.open(sigproc_header().end().samples(640));
  const auto all = read_all(*recording);
  std::vector<std::byte> one(64);
  for (const std::uint64_t t : {9U, 0U, 4U}) {
    recording->forget_before(t);
    recording->read(t, one);
    CHECK(std::equal(one.begin(), one.end(), all.begin() + static_cast<std::ptrdiff_t>(64 * t)));
  }
  CHECK_NOTHROW(recording->read(10, {}));
  CHECK_THROWS_AS(recording->read(10, one), std::out_of_range);
  CHECK_THROWS_AS(recording->read(std::numeric_limits<std::uint64_t>::max(), one),
                  std::out_of_range);
  CHECK_THROWS_AS(recording->read(0, std::span{one}.first(63)), std::invalid_argument);
}

TEST_CASE("spectra that end inside a byte are aligned to bytes", "[replay][sigproc_recording]") {
  // 3 channels of 2 bits: 6 bits a spectrum, lowest bits first; nothing between spectra.
  // t0 = 1 2 3, t1 = 3 0 1, t2 = 2 2 0, t3 = 1 3 2
  Fixture fixture;
  auto file = sigproc_header({3, 2}).end();
  file.raw(std::uint8_t{0b11'11'10'01})
      .raw(std::uint8_t{0b10'10'01'00})
      .raw(std::uint8_t{0b10'11'01'00});
  const auto recording = fixture.open(file);
  REQUIRE(recording->observation().samples == 4);
  CHECK(recording->observation().spectrum_bytes() == 1);
  CHECK(recording->warnings().empty());
  CHECK(spectrum(*recording, 0) == std::vector<float>{1, 2, 3});
  CHECK(spectrum(*recording, 1) == std::vector<float>{3, 0, 1});
  CHECK(spectrum(*recording, 2) == std::vector<float>{2, 2, 0});
  CHECK(spectrum(*recording, 3) == std::vector<float>{1, 3, 2});
  CHECK(std::to_integer<int>(read_all(*recording)[1]) == 0b01'00'11);
}

TEST_CASE("bits that fill the last byte are no spectra", "[replay][sigproc_recording]") {
  // Two spectra of 3 bits leave 2 bits; three of them 7, where a third could hide in a byte.
  Fixture fixture;
  const auto claiming = [](std::int32_t claim) {
    return sigproc_header({3, 1}).key("nsamples", claim).end().raw(std::uint8_t{0b00'101'011});
  };
  CHECK(fixture.open(sigproc_header({3, 1}).end().raw(std::uint8_t{0}))->observation().samples ==
        2);
  const auto told = fixture.open(claiming(2));
  CHECK(told->observation().samples == 2);
  CHECK(told->warnings().empty());
  const auto one = fixture.open(claiming(1).raw(std::uint8_t{0}));  // 13 bits left: not believed
  CHECK(one->observation().samples == 5);
  CHECK(one->warnings().size() == 1);
}

TEST_CASE("the file's size decides how many spectra there are", "[replay][sigproc_recording]") {
  Fixture fixture;
  struct Row {
    std::int32_t claim;
    std::size_t bytes;
    std::uint64_t samples;
    std::string warning;
  };
  const auto row = GENERATE(values<Row>({
      {10, 640, 10, ""},
      {100, 640, 10, "nsamples = 100, but the file holds 10 spectra; its size decides."},
      {9, 640, 10, "nsamples = 9, but"},
      {0, 640, 10, "nsamples = 0, but"},
      {-5, 640, 10, "nsamples = -5, but"},
      {10, 700, 10, "the file ends inside a spectrum; its last 60 bytes are left out."},
      {1, 65, 1, "its last 1 bytes are left out."},
  }));
  CAPTURE(row.claim, row.bytes);
  const auto recording =
      fixture.open(sigproc_header().key("nsamples", row.claim).end().samples(row.bytes));
  CHECK(recording->observation().samples == row.samples);
  REQUIRE(recording->warnings().size() == (row.warning.empty() ? 0U : 1U));
  if (!row.warning.empty()) {
    CHECK_THAT(recording->warnings()[0], ContainsSubstring(row.warning));
    CHECK(recording->warnings()[0].rfind(fixture.path() + ": ", 0) == 0);
  }
}

TEST_CASE("a file without a whole spectrum is refused", "[replay][sigproc_recording]") {
  Fixture fixture;
  const auto header = sigproc_header().end();
  const auto place = fixture.path() + ": byte " + std::to_string(header.bytes().size());
  CHECK_THROWS_WITH(
      fixture.open(header),
      place + ": found 0 bytes of samples, expected at least one spectrum of 64 bytes");
  CHECK_THROWS_WITH(
      fixture.open(SigprocBytes{header}.samples(63)),
      place + ": found 63 bytes of samples, expected at least one spectrum of 64 bytes");
}

TEST_CASE("IFs are summed or picked", "[replay][sigproc_recording]") {
  Fixture fixture;
  const auto two = sigproc_header({2, 8, 2})
                       .end()
                       .raw(std::uint8_t{200})
                       .raw(std::uint8_t{1})  // t0: IF 0, channels 0 and 1
                       .raw(std::uint8_t{100})
                       .raw(std::uint8_t{2})  //     IF 1
                       .raw(std::uint8_t{3})
                       .raw(std::uint8_t{4})  // t1
                       .raw(std::uint8_t{30})
                       .raw(std::uint8_t{40});
  const auto sum = fixture.open(two);
  CHECK(sum->observation().samples == 2);
  CHECK(sum->observation().format == SampleFormat{16, false, false});
  CHECK(sum->observation().stored_pols == 2);
  CHECK(sum->observation().stored_bits == 8);
  CHECK(sum->warnings().empty());
  CHECK(spectrum(*sum, 0) == std::vector<float>{300, 3});
  CHECK(spectrum(*sum, 1) == std::vector<float>{33, 44});

  const auto picked = fixture.open(two, {.pick_if = 1});
  CHECK(picked->observation().format == SampleFormat{8, false, false});
  CHECK(spectrum(*picked, 0) == std::vector<float>{100, 2});
  CHECK(spectrum(*picked, 1) == std::vector<float>{30, 40});

  CHECK_THROWS_AS(fixture.open(two, {.pick_if = 2}), ConfigError);
  CHECK_THROWS_WITH(fixture.open(two, {.pick_if = -1}),
                    ContainsSubstring("found pick_if = -1, expected 0 to 1 (nifs = 2)"));
}

TEST_CASE("four IFs are summed with a warning", "[replay][sigproc_recording]") {
  Fixture fixture;
  auto file = sigproc_header({1, 8, 4}).key("signed", std::int8_t{1}).end();
  for (const int value : {-100, -120, 7, 8}) file.raw(static_cast<std::int8_t>(value));
  const auto sum = fixture.open(file);
  CHECK(sum->observation().format == SampleFormat{16, true, false});
  CHECK(spectrum(*sum, 0) == std::vector<float>{-220});
  REQUIRE(sum->warnings().size() == 1);
  CHECK_THAT(sum->warnings()[0], ContainsSubstring("pick_if = 0"));
  const auto picked = fixture.open(file, {.pick_if = 2});
  CHECK(spectrum(*picked, 0) == std::vector<float>{7});
  CHECK(picked->warnings().empty());
}

TEST_CASE("sums of wide samples are floats", "[replay][sigproc_recording]") {
  Fixture fixture;
  const auto wide = fixture.open(
      sigproc_header({1, 16, 2}).end().raw(std::uint16_t{65535}).raw(std::uint16_t{65533}));
  CHECK(wide->observation().format == float_samples);
  CHECK(spectrum(*wide, 0) == std::vector<float>{131068.0F});
  const auto floats = fixture.open(sigproc_header({2, 32, 2})
                                       .end()
                                       .raw(1.5F)
                                       .raw(std::numeric_limits<float>::infinity())
                                       .raw(2.0F)
                                       .raw(1.0F));
  const auto sums = spectrum(*floats, 0);
  CHECK(sums[0] == 3.5F);
  CHECK(std::isnan(sums[1]));
}

TEST_CASE("sub-byte IFs that share bytes are taken apart", "[replay][sigproc_recording]") {
  // 3 channels of 1 bit and 2 IFs: IF 0 = 1 0 1, IF 1 = 1 1 0; then 0 1 0 and 1 1 1
  Fixture fixture;
  const auto file = sigproc_header({3, 1, 2})
                        .key("nsamples", std::int32_t{2})
                        .end()
                        .raw(std::uint8_t{0b10'011'101})
                        .raw(std::uint8_t{0b1110});
  const auto sum = fixture.open(file);
  REQUIRE(sum->observation().samples == 2);
  CHECK(spectrum(*sum, 0) == std::vector<float>{2, 1, 1});
  CHECK(spectrum(*sum, 1) == std::vector<float>{1, 2, 1});
  CHECK(spectrum(*fixture.open(file, {.pick_if = 1}), 1) == std::vector<float>{1, 1, 1});
}

TEST_CASE("a file that is cut while it is read ends in an error", "[replay][sigproc_recording]") {
  Fixture fixture;
  const auto recording = fixture.open(sigproc_header().end().samples(64'000));
  std::vector<std::byte> one(64);
  recording->read(999, one);
  std::filesystem::resize_file(fixture.path(), 5000);
  CHECK_THROWS_AS(recording->read(999, one), InputError);
  CHECK_THROWS_WITH(
      recording->read(999, one),
      ContainsSubstring("a.fil: byte 5000: found the end of a file that has been cut"));
}

TEST_CASE("memory does not grow with the file", "[replay][sigproc_recording]") {
  Fixture fixture;
  constexpr std::size_t channels = 1024;
  constexpr std::size_t chunk = 1024;
  const auto recording =
      fixture.open(sigproc_header({channels}).end().samples(48 * channels * chunk));
  std::vector<std::byte> out(channels * chunk);
  const long before = mapped_pages_kib();
  REQUIRE(before >= 0);
  long most = before;
  for (std::uint64_t first = 0; first < 48 * chunk; first += chunk) {
    recording->read(first, out);
    recording->forget_before(first + chunk);
    most = std::max(most, mapped_pages_kib());
  }
  CHECK(most - before < 8192);  // of 48 MiB
}

TEST_CASE("what is no recording is refused by what it holds", "[replay][open_recording]") {
  const TemporaryFolder folder;
  const auto path = folder.file("a.fil");
  CHECK_THROWS_AS(open_recording(path), MissingInput);
  CHECK_THROWS_AS(open_recording(folder.path()), MissingInput);
  CHECK_THROWS_AS(open_recordings({}), std::invalid_argument);
  write_file(path, {});
  CHECK_THROWS_WITH(open_recording(path),
                    path +
                        ": byte 0: found an empty file, expected a SIGPROC header "
                        "('HEADER_START') or a FITS header ('SIMPLE  =')");
  std::ofstream{path} << "this is not a filterbank file";
  CHECK_THROWS_WITH(open_recording(path),
                    ContainsSubstring(": byte 0: found 'this is not a fi', expected a SIGPROC"));
}
