// What the PSRFITS writer leaves behind, read again.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "replay/psrfits_recording.hpp"
#include "replay/psrfits_writer.hpp"
#include "replay/sigproc_recording.hpp"
#include "replay/sigproc_writer.hpp"
#include "tests/replay/psrfits_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace draftstream {
namespace {

using test::read_all;
using test::TemporaryFolder;

Observation observation_of(const SampleFormat& format, std::size_t channels, double step_mhz) {
  Observation observation;
  observation.frequency = FrequencyAxis{Megahertz{1499.951171875}, Megahertz{step_mhz}, channels};
  observation.time = {UtcInstant{59261, 60229.00131072013891753}, Seconds{8.192e-05 / 3.0}};
  observation.format = format;
  observation.telescope = "FAST";
  observation.backend = "ROACH";
  observation.source_name = "FRB 20121102A";
  observation.ra_deg = 82.994589;
  observation.dec_deg = -33.147937;
  observation.beam = 3;
  return observation;
}

// Values that the format holds, a function of their index.
std::vector<float> samples_of(const SampleFormat& format, std::size_t count) {
  std::vector<float> samples(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto mix = static_cast<std::uint32_t>(i * 2654435761U) >> 8;
    samples[i] = format.is_float
                     ? 1e-3F * static_cast<float>(mix) - 7.0F
                     : format.lowest() +
                           static_cast<float>(mix % static_cast<std::uint32_t>(
                                                        format.highest() - format.lowest() + 1.0F));
  }
  return samples;
}

const std::vector<SampleFormat> formats{{1, false, false}, {2, false, false}, {4, false, false},
                                        {8, false, false}, {8, true, false},  {16, false, false},
                                        {16, true, false}, {32, false, true}};

TEST_CASE("every format comes back as it was written", "[replay][psrfits][writer]") {
  const auto format = GENERATE(from_range(formats));
  const auto channels = GENERATE(std::size_t{336}, std::size_t{61});
  const auto step = GENERATE(-0.0976562, 0.25);
  INFO(describe(format) << ", " << channels << " channels, step " << step);
  const TemporaryFolder folder;
  const std::string path = folder.file("a.sf");
  const Observation written = observation_of(format, channels, step);
  const std::size_t spectra = 9000;  // more than a row of the shallow formats, and no whole rows
  const auto samples = samples_of(format, spectra * channels);
  {
    const auto writer = make_psrfits_writer(path, written);
    for (std::size_t t = 0; t < spectra;) {  // pieces of several sizes
      const std::size_t piece = std::min<std::size_t>(1 + t * 7 % 1000, spectra - t);
      writer->write(std::span{samples}.subspan(t * channels, piece * channels));
      t += piece;
    }
    writer->finish();
    writer->finish();  // once more is no error
    CHECK_THROWS_AS(writer->write(std::span{samples}.first(channels)), std::logic_error);
  }
  CHECK(std::filesystem::file_size(path) % 2880 == 0);
  const auto recording = open_psrfits(path);
  const Observation& read = recording->observation();
  CHECK(recording->warnings().empty());
  CHECK(recording->gaps().empty());
  CHECK(read.format == format);
  CHECK(*read.samples == spectra);
  CHECK(read.frequency == written.frequency);
  CHECK(read.time.start == written.time.start);
  CHECK(read.time.sample_time == written.time.sample_time);
  CHECK(read.telescope == written.telescope);
  CHECK(read.backend == written.backend);
  CHECK(read.source_name == written.source_name);
  CHECK(std::abs(*read.ra_deg - *written.ra_deg) < 1e-8);
  CHECK(std::abs(*read.dec_deg - *written.dec_deg) < 1e-8);
  CHECK(read.beam == written.beam);
  CHECK((read_all(*recording) == samples));
}

TEST_CASE("a table of frequencies comes back", "[replay][psrfits][writer]") {
  const TemporaryFolder folder;
  Observation written = observation_of({8, false, false}, 4, -1.0);
  written.frequency = FrequencyAxis{
      std::vector{Megahertz{1500.1}, Megahertz{1400.7}, Megahertz{1399.0}, Megahertz{1600.0}}};
  const auto writer = make_psrfits_writer(folder.file("a.sf"), written);
  writer->write(samples_of(written.format, 40));
  writer->finish();
  CHECK(open_psrfits(folder.file("a.sf"))->observation().frequency == written.frequency);
}

TEST_CASE("a short file has one short row", "[replay][psrfits][writer]") {
  const TemporaryFolder folder;
  Observation written = observation_of({8, false, false}, 64, -1.0);
  written.samples = GENERATE(1U, 10U, 16U);
  const auto samples = samples_of(written.format, *written.samples * 64);
  const auto writer = make_psrfits_writer(folder.file("a.sf"), written);
  writer->write(samples);
  writer->finish();
  const auto recording = open_psrfits(folder.file("a.sf"));
  CHECK(recording->observation().samples == written.samples);
  CHECK((read_all(*recording) == samples));
  CHECK(std::filesystem::file_size(folder.file("a.sf")) <= 4 * 2880 + 2880);
}

TEST_CASE("a writer that is not finished leaves what it wrote", "[replay][psrfits][writer]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.sf");
  const Observation written = observation_of({8, false, false}, 336, -1.0);
  const auto samples = samples_of(written.format, std::size_t{7000} * 336);
  auto writer = make_psrfits_writer(path, written);
  writer->write(samples);
  SECTION("destroyed") {
    writer.reset();
    const auto recording = open_psrfits(path);
    CHECK(*recording->observation().samples == 7000);
    CHECK((read_all(*recording) == samples));
  }
  SECTION("killed: whole rows remain") {
    // What the disk holds now is what would be left.
    std::filesystem::copy_file(path, folder.file("left.sf"));
    const auto recording = open_psrfits(folder.file("left.sf"));
    const auto left = read_all(*recording);
    CHECK(left.size() >= std::size_t{3000} * 336);
    CHECK(std::equal(left.begin(), left.end(), samples.begin()));
  }
}

TEST_CASE("a PSRFITS file and its SIGPROC twin are one recording", "[replay][psrfits][writer]") {
  const auto format = GENERATE(from_range(formats));
  INFO(describe(format));
  const TemporaryFolder folder;
  const Observation written = observation_of(format, 96, -0.5);
  const auto samples = samples_of(format, std::size_t{3000} * 96);
  for (const auto& writer : {make_psrfits_writer(folder.file("a.sf"), written),
                             make_sigproc_writer(folder.file("a.fil"), written)}) {
    writer->write(samples);
    writer->finish();
  }
  const auto psrfits = open_psrfits(folder.file("a.sf"));
  const auto sigproc = open_sigproc(folder.file("a.fil"), {});
  const Observation& a = psrfits->observation();
  const Observation& b = sigproc->observation();
  CHECK(a.format == b.format);
  CHECK(a.frequency == b.frequency);
  CHECK(a.time.sample_time == b.time.sample_time);
  CHECK(a.samples == b.samples);
  std::vector<std::byte> of_psrfits(3000 * a.spectrum_bytes());
  std::vector<std::byte> of_sigproc(of_psrfits.size());
  psrfits->read(0, of_psrfits);
  sigproc->read(0, of_sigproc);
  CHECK((of_psrfits == of_sigproc));
}

TEST_CASE("the writer refuses what it cannot do", "[replay][psrfits][writer]") {
  const TemporaryFolder folder;
  const Observation written = observation_of({8, false, false}, 16, -1.0);
  CHECK_THROWS_AS(make_psrfits_writer(folder.file("no/such/folder.sf"), written),
                  std::system_error);
  CHECK_THROWS_AS(
      make_psrfits_writer(folder.file("a.sf"), observation_of({7, false, false}, 16, 1.0)),
      std::invalid_argument);
  const auto writer = make_psrfits_writer(folder.file("a.sf"), written);
  CHECK_THROWS_AS(writer->write(std::vector<float>(17)), std::invalid_argument);
  CHECK_THROWS_AS(make_psrfits_writer("/dev/full", written), std::system_error);
}

}  // namespace
}  // namespace draftstream
