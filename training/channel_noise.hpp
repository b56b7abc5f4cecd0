// How much noise each channel of a recording holds, in its stored units.
#pragma once

#include <span>
#include <vector>

#include "ingest/samples.hpp"
#include "replay/recording.hpp"

namespace draftstream {

/// Shape [channel] each. A channel of sigma 0 is dead: it holds one value.
struct ChannelNoise {
  std::vector<double> mean;   ///< Before quantising.
  std::vector<double> sigma;  ///< Before quantising.

  [[nodiscard]] std::vector<bool> live() const;
};

/// Measured robustly. From 8 bits on, sigma is the distance of the quartiles over 1.349, where an
/// integer stands for all that rounds to it. Below, mean and sigma are those of the normal
/// distribution that fills the codes as they are filled; what crosses a single threshold, as with 1
/// bit, tells only (threshold
/// - mean) / sigma, and sigma is taken to be 0.5.
///
/// @param values  Of each channel, shape [channel][value], finite; are sorted. A channel without
///                any is dead.
ChannelNoise noise_of(std::span<std::vector<float>> values, const SampleFormat& format);

/// The same on spectra spread over the whole recording, gaps and NaN left out.
///
/// @throws InputError  if a file has become shorter since it was opened.
/// @throws ConfigError if all channels are dead.
ChannelNoise measure_noise(Recording& recording);

}  // namespace draftstream
