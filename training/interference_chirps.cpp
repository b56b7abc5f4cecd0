// Chirps: tones that sweep through all of the band or a part of it, up or down.
#include <algorithm>
#include <array>
#include <cmath>

#include "training/band_patches.hpp"
#include "training/event_schedule.hpp"
#include "training/interference_source.hpp"
#include "training/swept_signal.hpp"

namespace draftstream {
namespace {

constexpr Seconds shortest{5e-3};  // of the whole event
constexpr Seconds longest{1.5};
constexpr double thinnest_s = 0.1e-3;  // at one frequency
constexpr double thickest_s = 25e-3;
constexpr double weakest = 6.0;  // S/N of the matched filter
constexpr double strongest = 120.0;
constexpr double partial = 0.6;                   // of them fill only a part of the band,
constexpr double least_part = 0.05;               // between this and all of it
constexpr std::array powers{1.0, 1.0, 2.0, 0.5};  // time ~ frequency^power; half are straight

class Chirps final : public InterferenceSource {
 public:
  Chirps(const Interference& interference, const Observation& observation, std::uint64_t seed)
      : interference_{interference},
        schedule_{observation.time,    interference.amount, shortest, longest, seed,
                  RandomStream::chirps},
        samples_{observation.samples.value()},
        sample_time_{observation.time.sample_time.value()} {}

  void add(const SkyBlock& sigmas) const override {
    for (const SkyEvent& event : schedule_.covering(sigmas.first, sigmas.end())) {
      add_swept_signal(chirp(event, sigmas.channels), sigmas);
    }
  }

  [[nodiscard]] TrueInterference truth() const override {
    const auto [events, samples] = schedule_.count(samples_);
    return {interference_, events, samples, {}};
  }

 private:
  [[nodiscard]] SweptSignal chirp(const SkyEvent& event, std::size_t channels) const {
    RandomEngine engine = schedule_.engine_of(event);
    SweptSignal signal;
    signal.first = event.first;
    signal.samples = event.samples;
    signal.width = std::min(log_uniform(engine, thinnest_s, thickest_s) / sample_time_,
                            0.5 * static_cast<double>(event.samples));
    signal.smooth = uniform(engine) < 0.5;
    signal.snr = weakest * std::pow(strongest / weakest, event.size);
    const double power = powers[static_cast<std::size_t>(uniform(engine) * powers.size())];
    const bool falling = uniform(engine) < 0.5;
    const double part = uniform(engine) < partial ? uniform(engine, least_part, 1.0) : 1.0;
    const auto all = static_cast<double>(channels);
    const auto count = static_cast<std::size_t>(std::max(1.0, std::round(part * all)));
    signal.first_channel =
        static_cast<std::size_t>(uniform(engine) * static_cast<double>(channels - count + 1));
    signal.strengths = draw_patches(count, engine);
    for (std::size_t edge = 0; edge <= count; ++edge) {
      const double at = std::pow(static_cast<double>(edge) / static_cast<double>(count), power);
      signal.crossings.push_back(falling ? 1.0 - at : at);
    }
    return signal;
  }

  Interference interference_;
  EventSchedule schedule_;
  std::uint64_t samples_;
  double sample_time_;
};

}  // namespace

std::unique_ptr<InterferenceSource> make_chirps(const Interference& interference,
                                                const Observation& observation,
                                                std::uint64_t seed) {
  return std::make_unique<Chirps>(interference, observation, seed);
}

}  // namespace draftstream
