#include "training/scene_recording.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/samples.hpp"
#include "training/burst_adder.hpp"
#include "training/random.hpp"
#include "training/sky.hpp"

namespace draftstream {
namespace {

constexpr double shortest_s = 1.0;
constexpr double longest_s = 8.0;
constexpr std::uint64_t fewest_samples = 1024;
constexpr int most_draws = 100;  // of a place that is all noise
constexpr std::size_t block_values = std::size_t{1} << 18U;

/// What recordings that are not files have in common.
class MadeRecording : public Recording {
 public:
  explicit MadeRecording(Observation observation) : observation_{std::move(observation)} {}

  [[nodiscard]] const Observation& observation() const noexcept override { return observation_; }
  [[nodiscard]] std::span<const Gap> gaps() const noexcept override { return {}; }
  [[nodiscard]] std::span<const std::string> warnings() const noexcept override { return {}; }
  [[nodiscard]] std::span<const RecordedFile> files() const noexcept override { return {}; }
  void forget_before(std::uint64_t /*sample*/) override {}

 protected:
  void pack(std::span<const float> values, std::span<std::byte> out) const {
    const std::size_t channels = observation_.frequency.channels();
    const std::size_t row = observation_.spectrum_bytes();
    for (std::size_t t = 0; t < out.size() / row; ++t) {
      pack_spectrum(values.subspan(t * channels, channels), observation_.format,
                    out.subspan(t * row, row));
    }
  }

 private:
  Observation observation_;
};

class SkyRecording final : public MadeRecording {
 public:
  explicit SkyRecording(std::unique_ptr<Sky> sky)
      : MadeRecording{sky->observation()}, sky_{std::move(sky)} {}

  void read(std::uint64_t first, std::span<std::byte> out) override {
    values_.resize(out.size() / observation().spectrum_bytes() *
                   observation().frequency.channels());
    sky_->render(first, values_);
    pack(values_, out);
  }

 private:
  std::unique_ptr<Sky> sky_;
  std::vector<float> values_;
};

/// In memory.
class Stretch final : public MadeRecording {
 public:
  Stretch(Observation observation, std::vector<std::byte> bytes)
      : MadeRecording{std::move(observation)}, bytes_{std::move(bytes)} {}

  void read(std::uint64_t first, std::span<std::byte> out) override {
    const std::uint64_t begin = first * observation().spectrum_bytes();
    if (begin + out.size() > bytes_.size()) {
      throw std::out_of_range(
          fmt::format("Stretch: {} bytes from {}, of {}", out.size(), begin, bytes_.size()));
    }
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(begin), out.size(), out.begin());
  }

  void add(BurstAdder& adder) {
    const std::size_t channels = observation().frequency.channels();
    const std::size_t row = observation().spectrum_bytes();
    const std::size_t length = std::max<std::size_t>(1, block_values / channels);
    const std::size_t samples = bytes_.size() / row;
    std::vector<float> values;
    for (std::size_t first = 0; first < samples; first += length) {
      const std::size_t count = std::min(length, samples - first);
      const auto stored = std::span{bytes_}.subspan(first * row, count * row);
      values.resize(count * channels);
      for (std::size_t t = 0; t < count; ++t) {
        unpack_spectrum(stored.subspan(t * row, row), observation().format,
                        std::span{values}.subspan(t * channels, channels));
      }
      adder.add(first, values);
      pack(values, stored);
    }
  }

 private:
  std::vector<std::byte> bytes_;
};

bool meets_gap(const Recording& recording, std::uint64_t first, std::uint64_t end) {
  return std::ranges::any_of(recording.gaps(),
                             [&](const Gap& gap) { return gap.first < end && gap.end() > first; });
}

// Nothing where no channel holds any.
std::optional<ChannelNoise> noise_of(Recording& recording) {
  try {
    return measure_noise(recording);
  } catch (const ConfigError&) {
    return std::nullopt;
  }
}

}  // namespace

SceneRecording simulate_scene(const Scene& drawn) {
  auto sky = std::make_unique<Sky>(drawn.sky);
  SceneRecording scene;
  scene.truth = sky->truth();
  scene.zero_dm = drawn.zero_dm;
  scene.dm_max = drawn.dm_max;
  scene.samples = std::make_unique<SkyRecording>(std::move(sky));
  return scene;
}

class BackgroundScenes::Impl {
 public:
  explicit Impl(const std::vector<std::string>& recordings) {
    for (const std::string& path : recordings) {
      auto recording = open_recording(path);
      const Observation& observation = recording->observation();
      const std::uint64_t samples = observation.samples.value();
      if (samples < fewest_samples) {
        throw InputError{path, fmt::format("{} samples", samples),
                         fmt::format("at least {}, which a scene needs", fewest_samples)};
      }
      duration_s_ += observation.time.since_start(static_cast<double>(samples)).value();
      sources_.push_back({path, std::move(recording), duration_s_});
    }
  }

  SceneRecording scene(std::uint64_t seed) {
    RandomEngine engine = random_engine(seed, RandomStream::stretches, 1);
    Source& source = draw_source(engine);
    for (int draw = 0; draw < most_draws; ++draw) {
      auto stretch = draw_stretch(source, engine);
      if (!stretch) continue;
      auto noise = noise_of(*stretch);
      if (noise) return with_bursts(std::move(stretch), std::move(*noise), source, seed);
    }
    throw InputError{source.path, "no stretch of noise without a gap", "one"};
  }

 private:
  struct Source {
    std::string path;
    std::unique_ptr<Recording> recording;
    double end_s = 0.0;  // of all recordings up to this one, in a row
  };

  Source& draw_source(RandomEngine& engine) {
    const double place = uniform(engine) * duration_s_;
    for (Source& source : sources_) {
      if (place < source.end_s) return source;
    }
    return sources_.back();  // by rounding
  }

  // Nothing if there is a gap.
  std::unique_ptr<Stretch> draw_stretch(Source& source, RandomEngine& engine) {
    Observation observation = source.recording->observation();
    const std::uint64_t all = observation.samples.value();
    const double wanted =
        log_uniform(engine, shortest_s, longest_s) / observation.time.sample_time.value();
    const std::uint64_t most =
        std::min(all, most_stretch_values / observation.frequency.channels());
    const std::uint64_t samples =
        std::clamp(static_cast<std::uint64_t>(wanted), std::min(fewest_samples, most), most);
    const auto first =
        static_cast<std::uint64_t>(uniform(engine) * static_cast<double>(all - samples + 1));
    if (meets_gap(*source.recording, first, first + samples)) return nullptr;
    observation.samples = samples;
    std::vector<std::byte> bytes(samples * observation.spectrum_bytes());
    const std::lock_guard lock{reading_};
    source.recording->read(first, bytes);
    return std::make_unique<Stretch>(std::move(observation), std::move(bytes));
  }

  static SceneRecording with_bursts(std::unique_ptr<Stretch> stretch, ChannelNoise noise,
                                    const Source& source, std::uint64_t seed) {
    const Observation& observation = stretch->observation();
    const Scene drawn = draw_scene_in(observation, seed);
    const BurstSet bursts{drawn.sky.bursts, observation, {noise.live(), {}}};
    BurstAdder adder{bursts, {}, observation.format, std::move(noise), drawn.sky.seed};
    stretch->add(adder);
    SceneRecording scene;
    scene.truth = truth_of(observation, seed);
    scene.truth.bursts = bursts.truth();
    scene.zero_dm = drawn.zero_dm;
    scene.dm_max = drawn.dm_max;
    scene.file = std::filesystem::path{source.path}.filename().string();
    scene.truth.background = {scene.file};
    scene.samples = std::move(stretch);
    return scene;
  }

  std::vector<Source> sources_;
  double duration_s_ = 0.0;
  std::mutex reading_;  // a recording has one reader at a time
};

BackgroundScenes::BackgroundScenes(const std::vector<std::string>& recordings)
    : impl_{std::make_unique<Impl>(recordings)} {}
BackgroundScenes::~BackgroundScenes() = default;

bool BackgroundScenes::takes(std::uint64_t seed) {
  RandomEngine engine = random_engine(seed, RandomStream::stretches);
  return uniform(engine) < 0.5;
}

SceneRecording BackgroundScenes::scene(std::uint64_t seed) const {
  return impl_->scene(seed);
}

}  // namespace draftstream
