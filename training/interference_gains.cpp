// Gain steps: the receiver's gain jumps and stays, over the whole band.
#include <algorithm>
#include <cmath>

#include "training/event_schedule.hpp"
#include "training/interference_source.hpp"

namespace draftstream {
namespace {

constexpr double largest_gain = 1.25;  // and the smallest is its inverse

class Gains final : public InterferenceSource {
 public:
  Gains(const Interference& interference, const Observation& observation, std::uint64_t seed)
      : interference_{interference},
        schedule_{observation.time,
                  interference.amount,
                  observation.time.sample_time,
                  observation.time.sample_time,
                  seed,
                  RandomStream::gains},
        samples_{observation.samples.value()} {}

  void spoil(const SkyBlock& stored) const override {
    // Every cell of the schedule holds a step, so the last one is at most two cells ago.
    const std::uint64_t back = 2 * schedule_.cell_samples();
    const auto steps =
        schedule_.beginning_in(stored.first > back ? stored.first - back : 0, stored.end());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const std::uint64_t end =
          i + 1 < steps.size() ? std::min(steps[i + 1].first, stored.end()) : stored.end();
      const auto gain = static_cast<float>(std::pow(largest_gain, 2.0 * steps[i].size - 1.0));
      for (std::uint64_t t = std::max(steps[i].first, stored.first); t < end; ++t) {
        for (float& value : stored.spectrum(t - stored.first)) value *= gain;
      }
    }
  }

  [[nodiscard]] TrueInterference truth() const override {
    return {interference_, schedule_.count(samples_).events, 0, {}};
  }

 private:
  Interference interference_;
  EventSchedule schedule_;
  std::uint64_t samples_;
};

}  // namespace

std::unique_ptr<InterferenceSource> make_gains(const Interference& interference,
                                               const Observation& observation, std::uint64_t seed) {
  return std::make_unique<Gains>(interference, observation, seed);
}

}  // namespace draftstream
