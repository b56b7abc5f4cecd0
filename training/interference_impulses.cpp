// Zero-DM impulses: sparks and lightning, in all channels at once.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "training/event_schedule.hpp"
#include "training/interference_source.hpp"

namespace draftstream {
namespace {

constexpr Seconds shortest{0.1e-3};
constexpr Seconds longest{10e-3};
constexpr double weakest = 0.3;    // in every channel [sigma]
constexpr double strongest = 5.0;  // in every channel [sigma]
constexpr double ripple = 0.5;     // of its strength over the band

class Impulses final : public InterferenceSource {
 public:
  Impulses(const Interference& interference, const Observation& observation, std::uint64_t seed)
      : interference_{interference},
        schedule_{observation.time,      interference.amount, shortest, longest, seed,
                  RandomStream::impulses},
        samples_{observation.samples.value()} {}

  void add(const SkyBlock& sigmas) const override {
    for (const SkyEvent& event : schedule_.covering(sigmas.first, sigmas.end())) {
      const double strength = weakest * std::pow(strongest / weakest, event.size);
      const std::uint64_t first = std::max(event.first, sigmas.first);
      const std::uint64_t end = std::min(event.end(), sigmas.end());
      for (std::size_t c = 0; c < sigmas.channels; ++c) {
        const double place = static_cast<double>(c) / static_cast<double>(sigmas.channels);
        const auto power = static_cast<float>(
            strength *
            (1.0 + ripple * std::cos(2.0 * std::numbers::pi * (2.0 * place + event.shape))));
        for (std::uint64_t t = first; t < end; ++t) {
          sigmas.values[(t - sigmas.first) * sigmas.channels + c] += power;
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

std::unique_ptr<InterferenceSource> make_impulses(const Interference& interference,
                                                  const Observation& observation,
                                                  std::uint64_t seed) {
  return std::make_unique<Impulses>(interference, observation, seed);
}

}  // namespace draftstream
