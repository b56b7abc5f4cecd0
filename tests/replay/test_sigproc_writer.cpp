#include "replay/sigproc_writer.hpp"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "replay/recording.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using draftstream::test::TemporaryFolder;

namespace {

Observation make_observation(std::size_t channels, SampleFormat format) {
  Observation observation;
  observation.frequency = FrequencyAxis{Megahertz{1465.0}, Megahertz{-0.7}, channels};
  observation.time = {UtcInstant{58227, 43200.25}, Seconds{1.26646875e-3}};
  observation.format = format;
  observation.telescope = "Parkes";
  observation.source_name = "FRB 20180417A";
  return observation;
}

std::vector<float> random_samples(std::size_t count, const SampleFormat& format, unsigned seed) {
  std::mt19937 generator{seed};
  std::vector<float> samples(count);
  if (format.is_float) {
    std::normal_distribution<float> values{0.0F, 100.0F};
    for (float& sample : samples) sample = values(generator);
  } else {
    std::uniform_int_distribution<int> values{static_cast<int>(format.lowest()),
                                              static_cast<int>(format.highest())};
    for (float& sample : samples) sample = static_cast<float>(values(generator));
  }
  return samples;
}

std::vector<float> read_back(const std::string& path) {
  const auto recording = open_recording(path);
  const Observation& observation = recording->observation();
  const std::size_t channels = observation.frequency.channels();
  std::vector<std::byte> stored(observation.spectrum_bytes());
  std::vector<float> values(*observation.samples * channels);
  for (std::uint64_t t = 0; t < *observation.samples; ++t) {
    recording->read(t, stored);
    unpack_spectrum(stored, observation.format, std::span{values}.subspan(t * channels, channels));
  }
  return values;
}

}  // namespace

TEST_CASE("what was written is read back", "[replay][sigproc_writer][property]") {
  const TemporaryFolder folder;
  const auto path = folder.file("a.fil");
  const SampleFormat formats[] = {{1, false, false}, {2, false, false}, {4, false, false},
                                  {8, false, false}, {8, true, false},  {16, false, false},
                                  {16, true, false}, {32, false, true}};
  for (const SampleFormat& format : formats) {
    for (const std::size_t channels : {1U, 3U, 5U, 8U, 13U, 64U, 101U}) {
      for (const std::size_t spectra : {1U, 2U, 7U, 50U}) {
        CAPTURE(describe(format), channels, spectra);
        const auto samples = random_samples(channels * spectra, format, 7);
        const auto writer = make_recording_writer(path, make_observation(channels, format));
        const std::size_t half = spectra / 2 * channels;
        writer->write(std::span{samples}.first(half));
        writer->write({});
        writer->write(std::span{samples}.subspan(half));
        writer->finish();
        const auto recording = open_recording(path);
        REQUIRE(recording->observation().format == format);
        REQUIRE(recording->observation().samples == spectra);
        REQUIRE(recording->warnings().empty());
        REQUIRE(read_back(path) == samples);
      }
    }
  }
}

TEST_CASE("what is known of an observation is read back", "[replay][sigproc_writer]") {
  const TemporaryFolder folder;
  const auto path = folder.file("a.fil");
  auto observation = make_observation(16, {8, false, false});
  observation.backend = "SCAMP";
  observation.ra_deg = 186.65666667;
  observation.dec_deg = -13.96444444;
  observation.beam = 12;
  const FrequencyAxis axes[] = {
      {Megahertz{1465.0}, Megahertz{-0.7}, 16},  // descending
      {Megahertz{300.1}, Megahertz{0.3}, 16},    // ascending
      FrequencyAxis{{Megahertz{1500.0}, Megahertz{1400.0}, Megahertz{1399.0}}},
  };
  for (const FrequencyAxis& axis : axes) {
    observation.frequency = axis;
    const auto writer = make_recording_writer(path, observation);
    writer->write(std::vector<float>(axis.channels(), 3.0F));
    writer->finish();
    const auto recording = open_recording(path);
    const Observation& read = recording->observation();
    CHECK(recording->warnings().empty());
    CHECK(read.frequency == axis);
    CHECK(read.time.sample_time == observation.time.sample_time);
    CHECK(std::abs((read.time.start - observation.time.start).value()) < 0.4e-6);
    CHECK(read.telescope == "Parkes");
    CHECK(read.backend == "SCAMP");
    CHECK(read.source_name == "FRB 20180417A");
    REQUIRE(read.ra_deg.has_value());
    CHECK(std::abs(*read.ra_deg - *observation.ra_deg) < 1e-8);
    REQUIRE(read.dec_deg.has_value());
    CHECK(std::abs(*read.dec_deg - *observation.dec_deg) < 1e-8);
    CHECK(read.beam == 12);
  }
}

TEST_CASE("samples are rounded and clipped to the format", "[replay][sigproc_writer]") {
  const TemporaryFolder folder;
  const auto path = folder.file("a.fil");
  const auto writer = make_recording_writer(path, make_observation(4, {2, false, false}));
  writer->write(std::vector<float>{-5.0F, 0.6F, 2.4F, 99.0F});
  writer->finish();
  CHECK(read_back(path) == std::vector<float>{0.0F, 1.0F, 2.0F, 3.0F});
}

TEST_CASE("a writer that was not finished leaves a readable file", "[replay][sigproc_writer]") {
  const TemporaryFolder folder;
  const auto path = folder.file("a.fil");
  make_recording_writer(path, make_observation(8, {8, false, false}))
      ->write(std::vector<float>(24, 9.0F));
  const auto recording = open_recording(path);
  CHECK(recording->observation().samples == 3);
  REQUIRE(recording->warnings().size() == 1);
  CHECK_THAT(recording->warnings()[0], ContainsSubstring("nsamples = 0"));
}

TEST_CASE("what cannot be written is refused", "[replay][sigproc_writer]") {
  const TemporaryFolder folder;
  const auto good = make_observation(8, {8, false, false});
  CHECK_THROWS_AS(make_recording_writer(folder.file("a.txt"), good), std::invalid_argument);
  CHECK_THROWS_AS(
      make_recording_writer(folder.file("a.fil"), make_observation(8, {7, false, false})),
      std::invalid_argument);
  CHECK_THROWS_AS(make_recording_writer(folder.file("no/a.fil"), good), std::system_error);
  const auto writer = make_recording_writer(folder.file("A.FIL"), good);
  CHECK_THROWS_AS(writer->write(std::vector<float>(9)), std::invalid_argument);
  writer->finish();
  CHECK_THROWS_AS(writer->write(std::vector<float>(8)), std::logic_error);
}

TEST_CASE("a full disk is an error and not silence", "[replay][sigproc_writer]") {
  if (!std::filesystem::exists("/dev/full")) {
    WARN("there is no /dev/full here");
    return;
  }
  const TemporaryFolder folder;
  const auto path = folder.file("full.fil");
  std::filesystem::create_symlink("/dev/full", path);
  const auto observation = make_observation(1024, {8, false, false});
  const auto small = make_recording_writer(path, observation);
  small->write(std::vector<float>(1024));
  CHECK_THROWS_AS(small->finish(), std::system_error);  // the buffer is only written now
  const auto large = make_recording_writer(path, observation);
  CHECK_THROWS_AS(large->write(std::vector<float>(std::size_t{4} << 20)), std::system_error);
}
