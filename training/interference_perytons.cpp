// Perytons: signals from nearby that sweep over the band as if they were dispersed, by another law.
#include <algorithm>
#include <array>
#include <cmath>

#include "training/band_patches.hpp"
#include "training/event_schedule.hpp"
#include "training/interference_source.hpp"
#include "training/swept_signal.hpp"

namespace draftstream {
namespace {

constexpr Seconds shortest{15e-3};  // of the whole event
constexpr Seconds longest{1.5};
constexpr double thinnest_s = 1e-3;  // at one frequency
constexpr double thickest_s = 40e-3;
constexpr double weakest = 6.0;  // S/N of the matched filter
constexpr double strongest = 100.0;

// Delay ~ frequency^-index, low frequencies last as after dispersion, or first.
struct Law {
  double index;
  bool low_first;
};
constexpr std::array laws{Law{1.0, false}, Law{4.0, false}, Law{2.0, true}, Law{1.0, true}};

class Perytons final : public InterferenceSource {
 public:
  Perytons(const Interference& interference, const Observation& observation, std::uint64_t seed)
      : interference_{interference},
        schedule_{observation.time,      interference.amount, shortest, longest, seed,
                  RandomStream::perytons},
        samples_{observation.samples.value()},
        sample_time_{observation.time.sample_time.value()} {
    // Relative to the middle, so that no power of it overflows.
    const FrequencyAxis& frequency = observation.frequency;
    const double half = 0.5 * frequency.step().value();
    const double lowest = 0.5 * frequency.lowest().value();  // of an edge: never 0 MHz
    for (std::size_t c = 0; c < frequency.channels(); ++c) {
      edges_.push_back(std::max(lowest, frequency.centre(c).value() - half) /
                       frequency.middle().value());
    }
    edges_.push_back(std::max(lowest, frequency.centre(frequency.channels() - 1).value() + half) /
                     frequency.middle().value());
  }

  void add(const SkyBlock& sigmas) const override {
    for (const SkyEvent& event : schedule_.covering(sigmas.first, sigmas.end())) {
      add_swept_signal(peryton(event, sigmas.channels), sigmas);
    }
  }

  [[nodiscard]] TrueInterference truth() const override {
    const auto [events, samples] = schedule_.count(samples_);
    return {interference_, events, samples, {}};
  }

 private:
  [[nodiscard]] SweptSignal peryton(const SkyEvent& event, std::size_t channels) const {
    RandomEngine engine = schedule_.engine_of(event);
    SweptSignal signal;
    signal.first = event.first;
    signal.samples = event.samples;
    signal.width = std::min(log_uniform(engine, thinnest_s, thickest_s) / sample_time_,
                            0.5 * static_cast<double>(event.samples));
    signal.smooth = true;
    signal.snr = weakest * std::pow(strongest / weakest, event.size);
    const Law law = laws[static_cast<std::size_t>(uniform(engine) * laws.size())];
    signal.strengths = draw_patches(channels, engine);
    const auto delay = [&](double edge) { return std::pow(edge, -law.index); };
    const auto [low, high] = std::minmax(edges_.front(), edges_.back());
    for (const double edge : edges_) {
      const double at = (delay(edge) - delay(high)) / (delay(low) - delay(high));
      signal.crossings.push_back(law.low_first ? 1.0 - at : at);
    }
    return signal;
  }

  Interference interference_;
  EventSchedule schedule_;
  std::uint64_t samples_;
  double sample_time_;
  std::vector<double> edges_;  // of the channels, in units of the middle of the band
};

}  // namespace

std::unique_ptr<InterferenceSource> make_perytons(const Interference& interference,
                                                  const Observation& observation,
                                                  std::uint64_t seed) {
  return std::make_unique<Perytons>(interference, observation, seed);
}

}  // namespace draftstream
