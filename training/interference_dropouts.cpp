// Dropouts: spectra that the back end wrote as zeros.
#include <algorithm>
#include <vector>

#include "training/event_schedule.hpp"
#include "training/interference_source.hpp"

namespace draftstream {
namespace {

constexpr Seconds shortest{1e-3};
constexpr Seconds longest{0.5};

class Dropouts final : public InterferenceSource {
 public:
  Dropouts(const Interference& interference, const Observation& observation, std::uint64_t seed)
      : interference_{interference},
        schedule_{observation.time,      interference.amount, shortest, longest, seed,
                  RandomStream::dropouts},
        samples_{observation.samples.value()} {}

  void spoil(const SkyBlock& stored) const override {
    for (const SkyEvent& event : schedule_.covering(stored.first, stored.end())) {
      const std::uint64_t end = std::min(event.end(), stored.end());
      for (std::uint64_t t = std::max(event.first, stored.first); t < end; ++t) {
        const auto spectrum = stored.spectrum(t - stored.first);
        std::fill(spectrum.begin(), spectrum.end(), 0.0F);
      }
    }
  }

  [[nodiscard]] std::vector<SampleRange> lost() const override {
    std::vector<SampleRange> lost;
    for (const SkyEvent& event : schedule_.beginning_in(0, samples_)) {
      const auto first = static_cast<std::int64_t>(event.first);
      const auto end = static_cast<std::int64_t>(std::min(event.end(), samples_));
      if (!lost.empty() && first <= lost.back().end) {
        lost.back().end = std::max(lost.back().end, end);
      } else {
        lost.push_back({first, end});
      }
    }
    return lost;
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

std::unique_ptr<InterferenceSource> make_dropouts(const Interference& interference,
                                                  const Observation& observation,
                                                  std::uint64_t seed) {
  return std::make_unique<Dropouts>(interference, observation, seed);
}

}  // namespace draftstream
