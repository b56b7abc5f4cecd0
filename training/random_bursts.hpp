// Bursts drawn at random.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ingest/observation.hpp"
#include "training/burst.hpp"

namespace draftstream {

/// Bursts to be drawn at random: DM, S/N and width log-uniform in their ranges, one in each of
/// `count` equal pieces of the time in which its whole sweep fits. Every third is scattered, every
/// fourth limited to a part of the band; spectral indices are uniform from -3 to 3.
struct RandomBursts {
  std::size_t count = 0;
  DispersionMeasure dm_min{50.0};
  DispersionMeasure dm_max{1500.0};  ///< Lowered where its sweep would fill half the recording.
  double snr_min = 10.0;
  double snr_max = 60.0;
  Seconds width_min{1e-3};  ///< Raised to two samples.
  Seconds width_max{10e-3};
};

/// @param observation  Its `samples` must be known.
/// @throws ConfigError naming the range that is empty or not above 0.
std::vector<Burst> draw_bursts(const RandomBursts& random, const Observation& observation,
                               std::uint64_t seed);

}  // namespace draftstream
