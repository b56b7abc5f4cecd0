#include "training/inject.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/samples.hpp"
#include "replay/recording.hpp"
#include "replay/recording_writer.hpp"
#include "training/burst_adder.hpp"
#include "training/burst_set.hpp"
#include "training/channel_noise.hpp"

namespace draftstream {
namespace {

constexpr std::size_t block_values = std::size_t{1} << 18;

std::string file_name(const std::string& path) {
  return std::filesystem::path{path}.filename().string();
}

void check(const Injection& injection, const std::vector<std::string>& recordings,
           const std::string& path) {
  if (injection.bursts.empty() && injection.random_bursts.count == 0) {
    throw ConfigError("background: found no burst to be added to it, expected one at least");
  }
  for (const std::string& recording : recordings) {
    std::error_code none;  // of a file that is not there: it is no background, then
    if (std::filesystem::equivalent(recording, path, none)) {
      throw ConfigError(fmt::format(
          "background: found {} as what is to be written, expected another file", path));
    }
  }
}

// Copies blocks, with bursts.
void copy(Recording& recording, BurstAdder& adder, RecordingWriter& writer,
          const InjectProgress& progress) {
  const Observation& observation = recording.observation();
  const std::size_t channels = observation.frequency.channels();
  const std::uint64_t samples = observation.samples.value();
  const std::size_t row = observation.spectrum_bytes();
  const std::uint64_t length = std::max<std::uint64_t>(1, block_values / channels);
  std::vector<std::byte> bytes;
  std::vector<float> values;
  for (std::uint64_t first = 0; first < samples; first += length) {
    const std::uint64_t end = std::min(first + length, samples);
    bytes.resize((end - first) * row);
    values.resize((end - first) * channels);
    recording.read(first, bytes);
    for (std::uint64_t t = 0; t < end - first; ++t) {
      unpack_spectrum(std::span{bytes}.subspan(t * row, row), observation.format,
                      std::span{values}.subspan(t * channels, channels));
    }
    adder.add(first, values);
    writer.write(values);
    recording.forget_before(end);
    if (progress) {
      progress(observation.time.since_start(static_cast<double>(end)),
               observation.time.since_start(static_cast<double>(samples)));
    }
  }
  writer.finish();
}

}  // namespace

Truth inject(const Injection& injection, const std::vector<std::string>& recordings,
             const std::string& path, const InjectProgress& progress) {
  check(injection, recordings, path);
  const auto recording = open_recordings(recordings);
  Observation observation = recording->observation();
  if (observation.samples.value() == 0) {
    throw ConfigError(
        fmt::format("background: found no samples in {}, expected some", recordings.front()));
  }
  ChannelNoise noise = measure_noise(*recording);
  std::vector<Burst> all = injection.bursts;
  const auto drawn = draw_bursts(injection.random_bursts, observation, injection.seed);
  all.insert(all.end(), drawn.begin(), drawn.end());
  const BurstSet bursts{std::move(all), observation, {noise.live(), {}}};

  Truth truth = truth_of(observation, injection.seed);
  truth.recording = file_name(path);
  truth.bursts = bursts.truth();
  for (const RecordedFile& file : recording->files()) {
    truth.background.push_back(file_name(file.path));
  }
  observation.stored_bits = observation.format.bits;
  observation.stored_pols = 1;
  const auto writer = make_recording_writer(path, observation);
  BurstAdder adder{bursts, recording->gaps(), observation.format, std::move(noise), injection.seed};
  copy(*recording, adder, *writer, progress);
  truth.clipped = adder.clipped();
  write_truth(truth_path(path), truth);
  return truth;
}

}  // namespace draftstream
