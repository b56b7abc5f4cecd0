// Which stored values the noise of each channel takes.
#pragma once

#include <cstdint>
#include <vector>

#include "ingest/observation.hpp"

namespace draftstream {

/// Mean and standard deviation of the stored noise, shape [channel] each.
struct Levels {
  std::vector<float> mean;
  std::vector<float> sigma;
};

/// Levels that suit the depth. From 8 bits on, mean and sigma follow a bandpass: edges rolled off,
/// a slow ripple over frequency, a few per cent of scatter from channel to channel. Below, every
/// channel is levelled, as the digitisers that write so few bits do.
///
/// | bits | mean | sigma  | why                                                         |
/// |------|------|--------|-------------------------------------------------------------|
/// | 1    | 0.5  | 0.5    | the threshold is the mean                                   |
/// | 2    | 1.5  | 1.0043 | step 0.9957 sigma: least error of 4 even levels             |
/// | 4    | 7.5  | 2.9833 | step 0.3352 sigma: least error of 16 even levels            |
/// | 8    | 96   | 10     | 9.6 sigma above 0, 16 below 255: room for bursts and gains  |
/// | 16   | 6144 | 640    | 64 times those of 8 bits                                    |
/// | 32   | 96   | 10     | those of 8 bits, not rounded                                |
///
/// @source Max (1960), IRE Trans. Inf. Theory 6, 7, table II, for 4 and 16 even levels.
Levels make_levels(const Observation& observation, std::uint64_t seed);

}  // namespace draftstream
