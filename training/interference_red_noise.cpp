// Red noise: the level of the whole band wanders, slowly far more than fast.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "training/band_patches.hpp"
#include "training/interference_source.hpp"
#include "training/random.hpp"

namespace draftstream {
namespace {

constexpr double slowest_s = 2.0;  // between two values of the slowest part
constexpr double flattest = 1.0;   // spectral power ~ frequency^-slope
constexpr double steepest = 2.0;
constexpr double least_part = 0.5;  // of the strongest channel's, in every channel

// Mean square of a step between two deviates of variance 1: 1 - 2 s + 2 s^2, averaged over the
// step's s = 3 x^2 - 2 x^3.
constexpr double step_variance = 26.0 / 35.0;

// Time is cut into steps; at their ends lie normal deviates, with smooth ways between them.
struct Octave {
  std::uint64_t step;  // [samples]
  double rms;          // of the deviates [sigma]
};

class RedNoise final : public InterferenceSource {
 public:
  RedNoise(const Interference& interference, const Observation& observation, std::uint64_t seed)
      : interference_{interference}, seed_{seed} {
    RandomEngine engine = random_engine(seed, RandomStream::red_noise);
    const double slope = uniform(engine, flattest, steepest);
    strengths_ = draw_patches(observation.frequency.channels(), engine);
    for (float& strength : strengths_) {
      strength =
          static_cast<float>(least_part + (1.0 - least_part) * static_cast<double>(strength));
    }
    // Octaves of steps: each holds 2^(1 - slope) of the variance of the next slower one.
    const double slowest =
        std::clamp(slowest_s / observation.time.sample_time.value(), 2.0, 0x1.0p40);
    double variance = 0.0;
    for (auto step = static_cast<std::uint64_t>(slowest); step >= 2; step /= 2) {
      const double part = std::pow(2.0, 0.5 * (1.0 - slope) * static_cast<double>(octaves_.size()));
      octaves_.push_back({step, part});
      variance += step_variance * part * part;
    }
    for (Octave& octave : octaves_) octave.rms *= interference.amount / std::sqrt(variance);
  }

  void add(const SkyBlock& sigmas) const override {
    std::vector<double> level(sigmas.samples, 0.0);
    for (std::size_t octave = 0; octave < octaves_.size(); ++octave) {
      add_octave(octave, sigmas.first, level);
    }
    for (std::size_t t = 0; t < sigmas.samples; ++t) {
      const auto now = static_cast<float>(level[t]);
      const auto spectrum = sigmas.spectrum(t);
      for (std::size_t c = 0; c < spectrum.size(); ++c) spectrum[c] += now * strengths_[c];
    }
  }

  [[nodiscard]] TrueInterference truth() const override { return {interference_, 0, 0, {}}; }

 private:
  // Box and Muller's normal deviate at the beginning of a step.
  [[nodiscard]] double deviate(std::size_t octave, std::uint64_t step) const {
    const double u = hashed_uniform(seed_, RandomStream::red_noise, octave, 2 * step);
    const double v = hashed_uniform(seed_, RandomStream::red_noise, octave, 2 * step + 1);
    return octaves_[octave].rms * std::sqrt(-2.0 * std::log(1.0 - u)) *
           std::cos(2.0 * std::numbers::pi * v);
  }

  void add_octave(std::size_t octave, std::uint64_t first, std::vector<double>& level) const {
    const std::uint64_t length = octaves_[octave].step;
    const std::uint64_t end = first + level.size();
    for (std::uint64_t step = first / length; step * length < end; ++step) {
      const double from = deviate(octave, step);
      const double to = deviate(octave, step + 1);
      const std::uint64_t stop = std::min((step + 1) * length, end);
      for (std::uint64_t t = std::max(step * length, first); t < stop; ++t) {
        const double x = static_cast<double>(t - step * length) / static_cast<double>(length);
        level[t - first] += from + (to - from) * x * x * (3.0 - 2.0 * x);
      }
    }
  }

  Interference interference_;
  std::uint64_t seed_;
  std::vector<float> strengths_;  // [channel]
  std::vector<Octave> octaves_;
};

}  // namespace

std::unique_ptr<InterferenceSource> make_red_noise(const Interference& interference,
                                                   const Observation& observation,
                                                   std::uint64_t seed) {
  return std::make_unique<RedNoise>(interference, observation, seed);
}

}  // namespace draftstream
