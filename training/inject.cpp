#include "training/inject.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/samples.hpp"
#include "replay/recording.hpp"
#include "replay/recording_writer.hpp"
#include "training/burst_set.hpp"
#include "training/channel_noise.hpp"
#include "training/normal_integral.hpp"
#include "training/random.hpp"

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

// Adds bursts to values as they are stored.
class Digitiser {
 public:
  Digitiser(const SampleFormat& format, ChannelNoise noise, std::uint64_t seed)
      : format_{format}, noise_{std::move(noise)}, seed_{seed} {}

  // @param power  Of the burst, > 0 [sigma].
  // @param place  Of the value among all values, for what is drawn.
  [[nodiscard]] float add(float value, float power, std::size_t channel, std::uint64_t place) {
    const double step = noise_.sigma[channel] * static_cast<double>(power);
    if (format_.is_float || !std::isfinite(value)) return value + static_cast<float>(step);
    const double u = hashed_uniform(seed_, RandomStream::injection, place, 0);
    const float next = format_.bits < 8 ? by_code(value, step, channel, u)
                                        : value + static_cast<float>(std::floor(step + u));
    if (next <= format_.highest()) return next;
    ++clipped_;
    return format_.highest();
  }

  [[nodiscard]] std::uint64_t clipped() const noexcept { return clipped_; }

 private:
  // The value before rounding has the probability p of being exceeded by a smaller one, with p
  // between those of the thresholds around the code. After the step it is rounded to the first code
  // whose upper threshold, less the step, has at least that probability.
  [[nodiscard]] float by_code(float value, double step, std::size_t channel, double u) const {
    const auto below = [&](double threshold) {
      return normal_integral((threshold - noise_.mean[channel]) / noise_.sigma[channel]);
    };
    const double code = value;
    const double low = value <= format_.lowest() ? 0.0 : below(code - 0.5);
    const double high = value >= format_.highest() ? 1.0 : below(code + 0.5);
    const double p = low + u * (high - low);
    float next = value;
    while (next <= format_.highest() && p > below(static_cast<double>(next) + 0.5 - step)) {
      next += 1.0F;
    }
    return next;
  }

  SampleFormat format_;
  ChannelNoise noise_;
  std::uint64_t seed_;
  std::uint64_t clipped_ = 0;
};

Truth describe(const Observation& observation, std::uint64_t seed) {
  Truth truth;
  truth.seed = seed;
  truth.samples = observation.samples.value();
  truth.nbits = observation.format.bits;
  truth.time = observation.time;
  truth.frequency = observation.frequency;
  truth.telescope = observation.telescope;
  truth.source_name = observation.source_name;
  return truth;
}

// Copies blocks; adds `bursts` to what is no gap.
void copy(Recording& recording, const BurstSet& bursts, Digitiser& digitiser,
          RecordingWriter& writer, const InjectProgress& progress) {
  const Observation& observation = recording.observation();
  const std::size_t channels = observation.frequency.channels();
  const std::uint64_t samples = observation.samples.value();
  const std::size_t row = observation.spectrum_bytes();
  const std::uint64_t length = std::max<std::uint64_t>(1, block_values / channels);
  std::vector<std::byte> bytes;
  std::vector<float> values;
  std::vector<float> sigmas;
  for (std::uint64_t first = 0; first < samples; first += length) {
    const std::uint64_t end = std::min(first + length, samples);
    bytes.resize((end - first) * row);
    values.resize((end - first) * channels);
    recording.read(first, bytes);
    for (std::uint64_t t = 0; t < end - first; ++t) {
      unpack_spectrum(std::span{bytes}.subspan(t * row, row), observation.format,
                      std::span{values}.subspan(t * channels, channels));
    }
    if (bursts.meets(first, end)) {
      sigmas.assign(values.size(), 0.0F);
      bursts.add({first, end - first, channels, sigmas});
      for (const Gap& gap : recording.gaps()) {
        for (std::uint64_t t = std::max(gap.first, first); t < std::min(gap.end(), end); ++t) {
          std::fill_n(&sigmas[(t - first) * channels], channels, 0.0F);
        }
      }
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (sigmas[i] > 0.0F) {
          values[i] = digitiser.add(values[i], sigmas[i], i % channels, first * channels + i);
        }
      }
    }
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
  const BurstSet bursts{std::move(all), observation, noise.live()};

  Truth truth = describe(observation, injection.seed);
  truth.recording = file_name(path);
  truth.bursts = bursts.truth();
  for (const RecordedFile& file : recording->files()) {
    truth.background.push_back(file_name(file.path));
  }
  observation.stored_bits = observation.format.bits;
  observation.stored_pols = 1;
  const auto writer = make_recording_writer(path, observation);
  Digitiser digitiser{observation.format, std::move(noise), injection.seed};
  copy(*recording, bursts, digitiser, *writer, progress);
  truth.clipped = digitiser.clipped();
  write_truth(truth_path(path), truth);
  return truth;
}

}  // namespace draftstream
