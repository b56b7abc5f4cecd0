// Carriers: transmitters that fill single channels, always or now and then.
#include <algorithm>

#include "training/channel_choice.hpp"
#include "training/interference_source.hpp"
#include "training/random.hpp"

namespace draftstream {
namespace {

constexpr double weakest = 0.5;      // of a carrier [sigma]
constexpr double strongest = 10.0;   // of a carrier [sigma]
constexpr float modulation = 0.3F;   // of its power from sample to sample, 1 sigma
constexpr double switch_s = 0.2;     // an intermittent one is on or off for multiples of this
constexpr double on_fraction = 0.4;  // of the time

struct Carrier {
  std::size_t channel;
  float strength;  // [sigma]
  bool intermittent;
};

class Narrowband final : public InterferenceSource {
 public:
  Narrowband(const Interference& interference, const Observation& observation, std::uint64_t seed)
      : interference_{interference},
        seed_{seed},
        switch_samples_{std::max<std::uint64_t>(
            1, static_cast<std::uint64_t>(switch_s / observation.time.sample_time.value()))} {
    RandomEngine engine = random_engine(seed, RandomStream::narrowband_channels);
    const auto chosen =
        choose_channels(observation.frequency.channels(), interference.amount, engine);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      carriers_.push_back(
          {chosen[i], static_cast<float>(log_uniform(engine, weakest, strongest)), i % 2 == 1});
    }
  }

  void add(const SkyBlock& sigmas) const override {
    RandomEngine engine = random_engine(seed_, RandomStream::narrowband_noise, sigmas.first);
    std::vector<float> noise(carriers_.size());
    for (std::size_t t = 0; t < sigmas.samples; ++t) {
      const std::uint64_t period = (sigmas.first + t) / switch_samples_;
      const auto spectrum = sigmas.spectrum(t);
      fill_normal(engine, noise);
      for (std::size_t i = 0; i < carriers_.size(); ++i) {
        const Carrier& carrier = carriers_[i];
        if (carrier.intermittent && !on(carrier, period)) continue;
        spectrum[carrier.channel] += carrier.strength * (1.0F + modulation * noise[i]);
      }
    }
  }

  [[nodiscard]] TrueInterference truth() const override {
    TrueInterference truth{interference_, 0, 0, {}};
    for (const Carrier& carrier : carriers_) truth.channels.push_back(carrier.channel);
    std::sort(truth.channels.begin(), truth.channels.end());
    return truth;
  }

 private:
  [[nodiscard]] bool on(const Carrier& carrier, std::uint64_t period) const {
    return hashed_uniform(seed_, RandomStream::narrowband_switches, carrier.channel, period) <
           on_fraction;
  }

  Interference interference_;
  std::uint64_t seed_;
  std::uint64_t switch_samples_;
  std::vector<Carrier> carriers_;
};

}  // namespace

std::unique_ptr<InterferenceSource> make_narrowband(const Interference& interference,
                                                    const Observation& observation,
                                                    std::uint64_t seed) {
  return std::make_unique<Narrowband>(interference, observation, seed);
}

}  // namespace draftstream
