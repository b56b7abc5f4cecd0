// Bursts drawn at random.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ingest/observation.hpp"
#include "training/burst.hpp"
#include "training/random.hpp"

namespace draftstream {

/// Bursts to be drawn at random: DM, S/N and width log-uniform in their ranges, one in each of
/// `count` equal pieces of the time in which its whole sweep fits. Every third is scattered, every
/// fourth limited to a part of the band, every fifth scintillates, every sixth has components (half
/// of those drift, in a part of the band), every seventh is slanted; spectral indices are uniform
/// from -3 to 3.
struct RandomBursts {
  std::size_t count = 0;
  DispersionMeasure dm_min{50.0};
  DispersionMeasure dm_max{1500.0};  ///< Lowered where its sweep would fill half the recording.
  double snr_min = 10.0;
  double snr_max = 60.0;
  Seconds width_min{1e-3};  ///< Raised to two samples.
  Seconds width_max{10e-3};
};

/// A part of the band, `narrowest` to `widest` of it, with a channel's centre in it.
Band draw_band(const FrequencyAxis& frequency, double narrowest, double widest,
               RandomEngine& engine);

/// Scale from a channel to a third of the band, depth 0.3 to 1.
void draw_scintillation(Burst& burst, const FrequencyAxis& frequency, RandomEngine& engine);

/// Two or three components, 1 to 4 of their widths apart, each 0.3 to 1 of the one before it.
/// @param drifts  Each lies 0.2 to 0.7 of its band below the one before it; a band is drawn for a
///                burst without one.
void draw_components(Burst& burst, bool drifts, const FrequencyAxis& frequency,
                     RandomEngine& engine);

/// 0.2 to 1 of its width.
void draw_slant(Burst& burst, RandomEngine& engine);

/// @param observation  Its `samples` must be known.
/// @throws ConfigError naming the range that is empty or not above 0.
std::vector<Burst> draw_bursts(const RandomBursts& random, const Observation& observation,
                               std::uint64_t seed);

}  // namespace draftstream
