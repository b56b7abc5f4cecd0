// Scenes that are stretches of a recording.
#include "training/scene_recording.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "ingest/samples.hpp"
#include "replay/recording.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/training/matched_filter.hpp"
#include "training/sky.hpp"

using namespace draftstream;
using namespace draftstream::test;

namespace {

constexpr std::size_t channels = 64;

std::string write_noise(const TemporaryFolder& folder, double duration_s, std::uint64_t seed,
                        int bits = 8) {
  SkyOptions options;
  options.nchans = channels;
  options.tsamp = Seconds{1e-3};
  options.duration = Seconds{duration_s};
  options.nbits = bits;
  options.seed = seed;
  const std::string path = folder.file("noise" + std::to_string(seed) + ".fil");
  simulate(options, path, 1);
  return path;
}

std::vector<std::byte> bytes_of(Recording& recording) {
  std::vector<std::byte> bytes(recording.observation().samples.value() *
                               recording.observation().spectrum_bytes());
  recording.read(0, bytes);
  return bytes;
}

std::vector<float> values_of(Recording& recording) {
  const std::vector<std::byte> bytes = bytes_of(recording);
  const Observation& observation = recording.observation();
  const std::size_t row = observation.spectrum_bytes();
  std::vector<float> values(observation.samples.value() * channels);
  for (std::size_t t = 0; t < observation.samples.value(); ++t) {
    unpack_spectrum(std::span{bytes}.subspan(t * row, row), observation.format,
                    std::span{values}.subspan(t * channels, channels));
  }
  return values;
}

}  // namespace

TEST_CASE("half of the seeds are stretches", "[training][scenes]") {
  int stretches = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    stretches += BackgroundScenes::takes(seed) ? 1 : 0;
  }
  CHECK(std::abs(stretches - 2000) < 150);
}

TEST_CASE("a stretch is its recording, but for its bursts", "[training][scenes][property]") {
  const TemporaryFolder folder;
  const std::vector<std::string> files{write_noise(folder, 20.0, 1), write_noise(folder, 10.0, 2)};
  const BackgroundScenes background{files};
  const auto whole = bytes_of(*open_recording(files[0]));
  std::set<std::ptrdiff_t> places;  // in the first file
  int first_file = 0;
  int with_bursts = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    const SceneRecording scene = background.scene(seed);
    const auto bytes = bytes_of(*scene.samples);
    CHECK(bytes == bytes_of(*background.scene(seed).samples));
    const double duration = scene.truth.duration().value();
    CHECK(duration >= 0.999);
    CHECK(duration <= 8.0);
    CHECK(scene.truth.bursts.size() <= 2);
    for (const TrueBurst& burst : scene.truth.bursts) CHECK(burst.burst.dm <= scene.dm_max);
    first_file += scene.file == "noise1.fil" ? 1 : 0;
    with_bursts += scene.truth.bursts.empty() ? 0 : 1;
    if (!scene.truth.bursts.empty() || scene.file != "noise1.fil") continue;
    const auto place = std::search(whole.begin(), whole.end(), bytes.begin(), bytes.end());
    CHECK(place != whole.end());
    places.insert(place - whole.begin());
  }
  CHECK(places.size() > 3);
  CHECK(std::abs(first_file - 27) < 10);  // two thirds of the time
  CHECK(std::abs(with_bursts - 28) < 10);
}

TEST_CASE("a burst in a stretch has the S/N that its truth tells", "[training][scenes][property]") {
  const TemporaryFolder folder;
  const int bits = GENERATE(2, 8, 32);
  const BackgroundScenes background{{write_noise(folder, 30.0, 3, bits)}};
  double ratios = 0.0;
  int measured = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const SceneRecording scene = background.scene(seed);
    if (scene.truth.bursts.size() != 1) continue;
    const TrueBurst& burst = scene.truth.bursts[0];
    // Brighter samples are clipped where bits are few.
    if (burst.burst.snr < 10.0 || burst.peak_sigma > 1.0) continue;
    const Observation& observation = scene.samples->observation();
    const MatchedFilter filter{values_of(*scene.samples), observation};
    ratios += filter.snr(burst.burst) / burst.snr_inside();
    ++measured;
  }
  REQUIRE(measured >= 3);
  CAPTURE(bits, measured);
  // Two bits keep 0.94 of it; each measurement is off by a tenth at most.
  CHECK(std::abs(ratios / measured - (bits == 2 ? 0.94 : 1.0)) < 0.15);
}

TEST_CASE("recordings that hold no scene are refused", "[training][scenes]") {
  const TemporaryFolder folder;
  const std::string brief = write_noise(folder, 0.5, 4);
  CHECK_THROWS_AS(BackgroundScenes{{brief}}, InputError);
  CHECK_THROWS_AS(BackgroundScenes{{folder.file("none.fil")}}, MissingInput);
}
