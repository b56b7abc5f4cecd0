// The S/N that a tree and its boxes find of injected pulses, over that of an exact filter.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/tree/octaves.hpp"
#include "ingest/observation.hpp"

namespace draftstream {

enum class PulseShape { gaussian, boxcar };

struct KeptSnr {
  double dm = 0.0;             ///< Of the pulses.
  std::vector<double> ratios;  ///< Shape [width].
  double noise = 0.0;          ///< Sigma of the noise's series over that of tree_sigmas.
};

/// Pulses of one DM, drawn from the octave's range, each width once, one after the other, with a
/// random phase inside the octave's samples; equally bright in all channels, smeared inside them,
/// integrated over samples, of S/N 40.
///
///     rows = round(5 (noise + pulse)), clipped to int8, as conditioning leaves them
///     tree = the best box that BoxSearch finds in trials next to the DM of
///            series(noise + pulses) - series(noise), over the sigma of tree_sigmas
///     exact = the best box of any width, begun anywhere, of the unrounded pulses summed in double
///            precision at the pulse's own DM, delays rounded to samples of the recording
///
/// The noise makes rounding as harmless as it is in a search, and its series are subtracted: so a
/// few pulses are enough.
///
/// Threads: any number at once.
/// @param widths  FWHM of the pulses [samples of the recording].
/// @param index   0 to count - 1: DMs are drawn from as many equal parts of the octave's range.
[[nodiscard]] KeptSnr kept_snr(const Observation& observation, const Octave& octave,
                               PulseShape shape, std::span<const double> widths, std::size_t index,
                               std::size_t count);

}  // namespace draftstream
