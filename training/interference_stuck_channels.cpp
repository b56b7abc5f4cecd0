// Channels that hold one value: dead ones zero, saturated ones the largest there is.
#include <algorithm>

#include "training/channel_choice.hpp"
#include "training/interference_source.hpp"
#include "training/random.hpp"

namespace draftstream {
namespace {

constexpr float float_ceiling = 1e6F;  // what "saturated" means where samples have no largest value

class StuckChannels final : public InterferenceSource {
 public:
  StuckChannels(const Interference& interference, const Observation& observation,
                std::uint64_t seed)
      : interference_{interference} {
    const bool dead = interference.kind == InterferenceKind::dead;
    RandomEngine engine = random_engine(seed, dead ? RandomStream::dead : RandomStream::saturated);
    channels_ = choose_channels(observation.frequency.channels(), interference.amount, engine);
    std::sort(channels_.begin(), channels_.end());
    if (!dead) {
      value_ = observation.format.is_float ? float_ceiling : observation.format.highest();
    }
  }

  void spoil(const SkyBlock& stored) const override {
    for (std::size_t t = 0; t < stored.samples; ++t) {
      const auto spectrum = stored.spectrum(t);
      for (const std::size_t c : channels_) spectrum[c] = value_;
    }
  }

  [[nodiscard]] TrueInterference truth() const override { return {interference_, 0, 0, channels_}; }

 private:
  Interference interference_;
  std::vector<std::size_t> channels_;
  float value_ = 0.0F;
};

}  // namespace

std::unique_ptr<InterferenceSource> make_stuck_channels(const Interference& interference,
                                                        const Observation& observation,
                                                        std::uint64_t seed) {
  return std::make_unique<StuckChannels>(interference, observation, seed);
}

}  // namespace draftstream
