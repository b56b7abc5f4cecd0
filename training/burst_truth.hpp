// How strong a burst's template must be made, and what a search can find of it.
#pragma once

#include <cstdint>
#include <vector>

#include "ingest/observation.hpp"
#include "training/burst_template.hpp"
#include "training/truth.hpp"

namespace draftstream {

/// Longest boxcar that TrueBurst::boxcar_snr tries [samples]: that of the search.
inline constexpr std::uint32_t longest_boxcar = 512;

struct MeasuredBurst {
  TrueBurst truth;
  double amplitude = 0.0;  ///< Sigma in a sample = amplitude * T[channel, sample].
};

/// What of a recording holds noise, and so can hold a burst.
struct RecordedParts {
  std::vector<bool> live;         ///< Shape [channel]; empty = all.
  std::vector<SampleRange> lost;  ///< Spectra that hold nothing; in order, none touches another.
};

/// The matched filter with template a T in noise of unit variance has S/N = a sqrt(sum T^2), so
/// a = snr / sqrt(sum T^2), over all samples of live channels, inside the recording or not.
///
/// @param observation  Its `samples` must be known.
/// @param recorded     What counts as inside.
/// @throws ConfigError if no live channel holds any of it.
MeasuredBurst measure(const Burst& burst, const BurstTemplate& shape,
                      const Observation& observation, const RecordedParts& recorded = {});

}  // namespace draftstream
