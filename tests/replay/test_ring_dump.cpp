// Stretches of a ring, written and read back.
#include "replay/ring_dump.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "ingest/samples.hpp"
#include "replay/recording.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using draftstream::test::TemporaryFolder;

namespace {

constexpr std::size_t channels = 16;

Observation make_observation(SampleFormat format) {
  Observation observation;
  observation.frequency = FrequencyAxis{Megahertz{1500.0}, Megahertz{-1.0}, channels};
  observation.time = {UtcInstant{58227, 43200.25}, Seconds{0.001}};
  observation.format = format;
  observation.telescope = "Parkes";
  observation.beam = 3;
  return observation;
}

SpectrumRing make_ring(const Observation& observation, std::uint64_t samples) {
  return SpectrumRing{{channels, observation.format, samples, false, false}};
}

// What every channel of a sample holds: no two within a ring's length are alike.
float value_of(std::uint64_t sample, std::size_t channel) {
  return static_cast<float>((sample * 7 + channel * 3) % 251);
}

void write(SpectrumRing& ring, const Observation& observation, std::uint64_t samples) {
  const std::size_t row = observation.spectrum_bytes();
  std::vector<float> values(channels);
  for (std::uint64_t n = 0; n < samples; ++n) {
    const std::uint64_t sample = ring.published();
    for (std::size_t c = 0; c < channels; ++c) values[c] = value_of(sample, c);
    const auto bytes = ring.claim(1);
    pack_spectrum(values, observation.format, bytes.first(row));
    ring.publish(1);
  }
}

struct ReadBack {
  Observation observation;
  std::vector<float> values;  // [time, channel]
};

ReadBack read_back(const std::string& path) {
  const auto recording = open_recording(path);
  ReadBack read{recording->observation(), {}};
  std::vector<std::byte> stored(read.observation.spectrum_bytes());
  read.values.resize(*read.observation.samples * channels);
  for (std::uint64_t t = 0; t < *read.observation.samples; ++t) {
    recording->read(t, stored);
    unpack_spectrum(stored, read.observation.format,
                    std::span{read.values}.subspan(t * channels, channels));
  }
  return read;
}

// The samples of the observation from `first` on.
bool holds(const ReadBack& read, std::uint64_t first) {
  for (std::size_t i = 0; i < read.values.size(); ++i) {
    if (read.values[i] != value_of(first + i / channels, i % channels)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a stretch of a ring is a recording that begins at its first sample",
          "[replay][ring_dump]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("dump.fil");
  const Observation observation =
      make_observation(GENERATE(SampleFormat{8}, SampleFormat{16}, float_samples));
  SpectrumRing ring = make_ring(observation, 4096);
  write(ring, observation, 3000);
  ring.finish();
  const RingDump dump = dump_ring(ring, observation, {700, 2900}, path);
  CHECK(dump.written == RingStretch{700, 2900});
  CHECK(dump.gaps.empty());
  CHECK(dump.bytes == std::filesystem::file_size(path));
  CHECK_FALSE(std::filesystem::exists(path + ".part"));
  const ReadBack read = read_back(path);
  CHECK(read.observation.samples == 2200);
  CHECK(read.observation.format == observation.format);
  CHECK(read.observation.beam == 3);
  CHECK(std::abs((read.observation.time.start - observation.time.instant(700)).value()) < 1e-6);
  CHECK(holds(read, 700));
}

TEST_CASE("samples that were overwritten are left out, those that never came end it",
          "[replay][ring_dump]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("dump.fil");
  const Observation observation = make_observation({8});
  SpectrumRing ring = make_ring(observation, 4096);
  const std::uint64_t capacity = ring.capacity();
  write(ring, observation, capacity + 1000);
  ring.finish();

  const RingDump late = dump_ring(ring, observation, {200, 3000}, path);
  CHECK(late.written == RingStretch{1000, 3000});
  CHECK(late.gaps.empty());
  CHECK(holds(read_back(path), 1000));

  const RingDump cut = dump_ring(ring, observation, {capacity, capacity + 5000}, path);
  CHECK(cut.written == RingStretch{capacity, capacity + 1000});
  CHECK(holds(read_back(path), capacity));

  std::filesystem::remove(path);
  const RingDump nothing = dump_ring(ring, observation, {100, 1000}, path);
  CHECK(nothing.bytes == 0);
  CHECK(nothing.written == RingStretch{});
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("gaps of the stream are told, and hold no data", "[replay][ring_dump]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("dump.fil");
  const Observation observation = make_observation(float_samples);
  SpectrumRing ring = make_ring(observation, 4096);
  write(ring, observation, 100);
  REQUIRE(ring.publish_gap(50, Fate::missing));
  write(ring, observation, 100);
  ring.finish();
  const RingDump dump = dump_ring(ring, observation, {80, 200}, path);
  CHECK(dump.gaps == std::vector<Gap>{{100, 50, Fate::missing}});
  const ReadBack read = read_back(path);
  REQUIRE(read.observation.samples == 120);
  for (std::size_t i = 0; i < read.values.size(); ++i) {
    const std::uint64_t sample = 80 + i / channels;
    const bool in_gap = sample >= 100 && sample < 150;
    REQUIRE(std::isnan(read.values[i]) == in_gap);
    if (!in_gap) REQUIRE(read.values[i] == value_of(sample, i % channels));
  }
}

TEST_CASE("holes are told, and hold no data", "[replay][ring_dump]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("dump.fil");
  const Observation observation = make_observation(float_samples);
  SpectrumRing ring = make_ring(observation, 4096);
  write(ring, observation, 100);
  (void)ring.claim(20);
  ring.mark_hole({105, 10, 4, 3});
  ring.publish(20);
  ring.finish();
  const RingDump dump = dump_ring(ring, observation, {103, 120}, path);
  CHECK(dump.holes == std::vector<Hole>{{105, 10, 4, 3}});
  const ReadBack read = read_back(path);
  for (std::size_t i = 0; i < read.values.size(); ++i) {
    const std::uint64_t sample = 103 + i / channels;
    const std::size_t channel = i % channels;
    const bool in_hole = sample >= 105 && sample < 115 && channel >= 4 && channel < 7;
    REQUIRE(std::isnan(read.values[i]) == in_hole);
  }
}

TEST_CASE("samples that are still to come are waited for", "[replay][ring_dump]") {
  const TemporaryFolder folder;
  const Observation observation = make_observation({8});
  SpectrumRing ring = make_ring(observation, 65536);
  write(ring, observation, 10);
  RingDump dump;
  std::thread dumping{[&] {
    dump = dump_ring(ring, observation, {20, 3000}, folder.file("dump.fil"));
  }};
  write(ring, observation, 5000);
  dumping.join();
  CHECK(dump.written == RingStretch{20, 3000});
  CHECK(holds(read_back(folder.file("dump.fil")), 20));
}

TEST_CASE("a disk that refuses a dump leaves nothing", "[replay][ring_dump]") {
  const TemporaryFolder folder;
  const Observation observation = make_observation({8});
  SpectrumRing ring = make_ring(observation, 4096);
  write(ring, observation, 100);
  ring.finish();
  CHECK_THROWS_AS(dump_ring(ring, observation, {0, 100}, folder.file("none/dump.fil")),
                  std::system_error);
  CHECK(std::filesystem::is_empty(folder.path()));
}
