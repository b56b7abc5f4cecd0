// Radar: short, periodic pulses in a part of the band, strong when the antenna looks this way.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "training/interference_source.hpp"
#include "training/random.hpp"

namespace draftstream {
namespace {

constexpr double band_fraction = 0.06;  // of the band that it fills
constexpr double longest_pulse_s = 2e-3;
constexpr double duty = 0.1;       // a pulse is never longer than this part of the period
constexpr double strength = 6.0;   // in each of its channels, antenna towards us [sigma]
constexpr double sidelobe = 0.05;  // of that, antenna away
constexpr double turn_s = 10.0;    // of the antenna

class Radar final : public InterferenceSource {
 public:
  Radar(const Interference& interference, const Observation& observation, std::uint64_t seed)
      : interference_{interference},
        sample_time_{observation.time.sample_time.value()},
        samples_{observation.samples.value()},
        width_{static_cast<std::uint64_t>(std::max(
            1.0,
            std::round(std::min(longest_pulse_s, duty * interference.amount) / sample_time_)))} {
    if (interference.amount < 4.0 * sample_time_) {
      throw ConfigError(
          fmt::format("interference: radar: found {} s, expected at least {} (4 samples)",
                      interference.amount, 4.0 * sample_time_));
    }
    const std::size_t all = observation.frequency.channels();
    RandomEngine engine = random_engine(seed, RandomStream::radar);
    phase_ = uniform(engine);
    facing_ = uniform(engine);
    // A recording shorter than a turn sees the antenna pass: it faces us at turn 1 - facing.
    const double turns = static_cast<double>(samples_) * sample_time_ / turn_s;
    if (turns < 1.0) facing_ = 1.0 - (1.0 - facing_) * turns;
    channels_ = static_cast<std::size_t>(
        std::max(1.0, std::round(band_fraction * static_cast<double>(all))));
    first_channel_ =
        static_cast<std::size_t>(uniform(engine) * static_cast<double>(all - channels_ + 1));
  }

  void add(const SkyBlock& sigmas) const override {
    // A pulse that began up to a width before the block may reach into it.
    const std::uint64_t from = sigmas.first > width_ ? sigmas.first - width_ : 0;
    for (std::uint64_t pulse = first_pulse_from(from); begin(pulse) < sigmas.end(); ++pulse) {
      const std::uint64_t end = std::min(begin(pulse) + width_, sigmas.end());
      const float power = power_of(pulse);
      for (std::uint64_t t = std::max(begin(pulse), sigmas.first); t < end; ++t) {
        for (float& value : sigmas.spectrum(t - sigmas.first).subspan(first_channel_, channels_)) {
          value += power;
        }
      }
    }
  }

  [[nodiscard]] TrueInterference truth() const override {
    TrueInterference truth{interference_, first_pulse_from(samples_), 0, {}};
    for (std::size_t c = 0; c < channels_; ++c) truth.channels.push_back(first_channel_ + c);
    if (truth.events > 0) {
      // Pulses do not overlap (duty < 1); only the last may run past the end.
      truth.samples =
          (truth.events - 1) * width_ + std::min(width_, samples_ - begin(truth.events - 1));
    }
    return truth;
  }

 private:
  [[nodiscard]] double begin_s(std::uint64_t pulse) const {
    return (static_cast<double>(pulse) + phase_) * interference_.amount;
  }
  [[nodiscard]] std::uint64_t begin(std::uint64_t pulse) const {
    return static_cast<std::uint64_t>(begin_s(pulse) / sample_time_);
  }
  // Number of the first pulse that begins at `sample` or later: the count of those before it.
  [[nodiscard]] std::uint64_t first_pulse_from(std::uint64_t sample) const {
    const double periods = static_cast<double>(sample) * sample_time_ / interference_.amount;
    auto pulse = static_cast<std::uint64_t>(std::max(0.0, std::floor(periods - phase_)));
    while (begin(pulse) < sample) ++pulse;
    while (pulse > 0 && begin(pulse - 1) >= sample) --pulse;
    return pulse;
  }
  [[nodiscard]] float power_of(std::uint64_t pulse) const {
    const double angle = std::numbers::pi * (begin_s(pulse) / turn_s + facing_);
    const double beam = std::pow(std::cos(angle), 128.0);  // a lobe of 24 degrees, once a turn
    return static_cast<float>(strength * std::max(sidelobe, beam));
  }

  Interference interference_;
  double sample_time_;
  std::uint64_t samples_;
  std::uint64_t width_;  // of a pulse [samples]
  double phase_ = 0.0;   // of pulse 0, in periods
  double facing_ = 0.0;  // when the antenna looks this way, in turns
  std::size_t first_channel_ = 0;
  std::size_t channels_ = 1;
};

}  // namespace

std::unique_ptr<InterferenceSource> make_radar(const Interference& interference,
                                               const Observation& observation, std::uint64_t seed) {
  return std::make_unique<Radar>(interference, observation, seed);
}

}  // namespace draftstream
