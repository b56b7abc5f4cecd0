// Blips: short transmissions in a few channels that lie side by side.
#include <algorithm>
#include <cmath>

#include "training/event_schedule.hpp"
#include "training/interference_source.hpp"

namespace draftstream {
namespace {

constexpr Seconds shortest{0.2e-3};
constexpr Seconds longest{50e-3};
constexpr double weakest = 1.0;       // in each of its channels, if it lasts one sample [sigma]
constexpr double strongest = 30.0;    // as above [sigma]
constexpr double widest_part = 0.05;  // of the band

class Blips final : public InterferenceSource {
 public:
  Blips(const Interference& interference, const Observation& observation, std::uint64_t seed)
      : interference_{interference},
        schedule_{observation.time,   interference.amount, shortest, longest, seed,
                  RandomStream::blips},
        samples_{observation.samples.value()} {}

  void add(const SkyBlock& sigmas) const override {
    const auto all = static_cast<double>(sigmas.channels);
    const double most = std::max(1.0, std::round(widest_part * all));
    for (const SkyEvent& event : schedule_.covering(sigmas.first, sigmas.end())) {
      RandomEngine engine = schedule_.engine_of(event);
      // Longer ones are fainter, but add up to more: as the root of the root of their length.
      const auto power = static_cast<float>(weakest * std::pow(strongest / weakest, event.size) /
                                            std::pow(static_cast<double>(event.samples), 0.25));
      const double channels = 1.0 + std::floor(uniform(engine) * most);
      const double first = std::floor(uniform(engine) * (all - channels + 1.0));
      const std::uint64_t end = std::min(event.end(), sigmas.end());
      for (std::uint64_t t = std::max(event.first, sigmas.first); t < end; ++t) {
        for (float& value :
             sigmas.spectrum(t - sigmas.first)
                 .subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(channels))) {
          value += power;
        }
      }
    }
  }

  [[nodiscard]] TrueInterference truth() const override {
    const auto [events, samples] = schedule_.count(samples_);
    return {interference_, events, samples, {}};
  }

 private:
  Interference interference_;
  EventSchedule schedule_;
  std::uint64_t samples_;
};

}  // namespace

std::unique_ptr<InterferenceSource> make_blips(const Interference& interference,
                                               const Observation& observation, std::uint64_t seed) {
  return std::make_unique<Blips>(interference, observation, seed);
}

}  // namespace draftstream
