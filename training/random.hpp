// Random numbers that are a function of (seed, what for, index), so that any part of a sky can be
// made by itself.
#pragma once

#include <cstdint>
#include <random>
#include <span>

namespace draftstream {

/// What random numbers are used for. Each purpose has its own, so that adding one kind of
/// interference changes nothing else.
enum class RandomStream : std::uint32_t {
  noise = 1,
  bandpass,
  bursts,
  narrowband_channels,
  narrowband_switches,
  narrowband_noise,
  impulses,
  radar,
  dropouts,
  gains,
  dead,
  saturated,
  chirps,
  perytons,
  blips,
  red_noise,
  scintillation,
  scenes,
  injection,
  stretches,
};

using RandomEngine = std::mt19937_64;

/// The engine for piece `index` of a stream.
RandomEngine random_engine(std::uint64_t seed, RandomStream stream, std::uint64_t index = 0);

/// Uniform in [0, 1), 53 bits; the same on every standard library, unlike std's distribution.
inline double uniform(RandomEngine& engine) {
  return static_cast<double>(engine() >> 11U) * 0x1.0p-53;
}
/// Uniform in [low, high).
inline double uniform(RandomEngine& engine, double low, double high) {
  return low + (high - low) * uniform(engine);
}
/// One of first, first + 1, ... last.
inline std::int64_t whole_between(RandomEngine& engine, std::int64_t first, std::int64_t last) {
  return first + static_cast<std::int64_t>(uniform(engine) * static_cast<double>(last - first + 1));
}
/// Uniform in its logarithm; 0 < low <= high.
double log_uniform(RandomEngine& engine, double low, double high);

/// Uniform in [0, 1), directly from four numbers: cheap where single values are wanted.
double hashed_uniform(std::uint64_t seed, RandomStream stream, std::uint64_t a, std::uint64_t b);

/// Fills `out` with independent normal deviates of mean 0 and variance 1.
/// @source Marsaglia & Tsang (2000), J. Stat. Softw. 5(8): ziggurat of 256 layers; layer and
///         position from different bits, after Doornik (2005).
void fill_normal(RandomEngine& engine, std::span<float> out);

/// One deviate of fill_normal.
float normal(RandomEngine& engine);

}  // namespace draftstream
