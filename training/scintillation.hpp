// Scintillation: bright and faint patches of frequency, as interstellar plasma makes them.
#pragma once

#include <cstdint>
#include <vector>

#include "ingest/frequency_axis.hpp"
#include "ingest/units.hpp"

namespace draftstream {

/// Relative intensity of each channel, of mean 1 over many patterns:
///
///     1 - depth + depth |z(f)|^2,   z a complex Gaussian process of frequency with <|z|^2> = 1
///
/// averaged over the channel. The pattern belongs to frequencies, not to channels: another axis
/// sees the same one.
/// @param scale  Half width at half maximum of the autocorrelation of |z|^2; > 0.
/// @param depth  0 to 1; 1: strong scintillation, whose intensities are exponentially distributed.
/// @param seed   Another pattern each.
/// @source Cordes (1986), ApJ 311, 183, for what the scale is; the autocorrelation is Gaussian
/// here.
std::vector<double> scintillation(const FrequencyAxis& frequency, Megahertz scale, double depth,
                                  std::uint64_t seed);

}  // namespace draftstream
