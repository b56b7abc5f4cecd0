#include "training/levels.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "training/random.hpp"

namespace draftstream {
namespace {

struct Level {
  double mean, sigma;
};

Level nominal(int bits) {
  switch (bits) {
    case 1:
      return {0.5, 0.5};
    case 2:
      return {1.5, 1.0 / 0.9957};
    case 4:
      return {7.5, 1.0 / 0.3352};
    case 16:
      return {64.0 * 96.0, 64.0 * 10.0};
    default:
      return {96.0, 10.0};
  }
}

constexpr double edge = 0.04;         // part of the band over which each edge rolls off
constexpr double edge_gain = 0.3;     // at the outermost channel
constexpr double ripple = 0.08;       // of a standing wave
constexpr double scatter = 0.03;      // from channel to channel
constexpr double least_cycles = 1.5;  // of the ripple across the band
constexpr double most_cycles = 4.0;

// @param place  0 to 1 across the band.
double rolloff(double place) {
  const double inside = std::min({1.0, place / edge, (1.0 - place) / edge});
  return edge_gain + (1.0 - edge_gain) * 0.5 * (1.0 - std::cos(std::numbers::pi * inside));
}

}  // namespace

Levels make_levels(const Observation& observation, std::uint64_t seed) {
  const std::size_t channels = observation.frequency.channels();
  const Level level = nominal(observation.format.bits);
  Levels levels{std::vector<float>(channels, static_cast<float>(level.mean)),
                std::vector<float>(channels, static_cast<float>(level.sigma))};
  if (observation.format.bits < 8) return levels;

  RandomEngine engine = random_engine(seed, RandomStream::bandpass);
  const double cycles = uniform(engine, least_cycles, most_cycles);
  const double phase = uniform(engine);
  for (std::size_t c = 0; c < channels; ++c) {
    const double place = (static_cast<double>(c) + 0.5) / static_cast<double>(channels);
    // Three sigma at most: 0.03 * 3 keeps every gain well above 0.
    const double own = std::clamp(static_cast<double>(normal(engine)), -3.0, 3.0);
    const double gain =
        rolloff(place) *
        (1.0 + ripple * std::sin(2.0 * std::numbers::pi * (cycles * place + phase))) *
        (1.0 + scatter * own);
    levels.mean[c] = static_cast<float>(gain * level.mean);
    levels.sigma[c] = static_cast<float>(gain * level.sigma);
  }
  return levels;
}

}  // namespace draftstream
