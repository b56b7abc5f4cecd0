// Signals that cross channel after channel: swept tones, and what looks dispersed and is not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "training/sky_block.hpp"

namespace draftstream {

/// Crosses channels [first_channel, first_channel + strengths.size()), and lies in samples
/// [first, first + samples). A channel holds it from when its front enters that channel until
/// `width` after it left, so there are no holes, however fast it sweeps.
struct SweptSignal {
  std::uint64_t first = 0;
  std::uint64_t samples = 1;
  double width = 1.0;   ///< At one frequency; the sweep takes `samples` less this [samples].
  bool smooth = false;  ///< Rises and falls as sin^2 in each channel; else its power is constant.
  double snr = 10.0;    ///< Of the matched filter, all channels.
  std::size_t first_channel = 0;
  std::vector<float> strengths;  ///< Of each channel, relative to one another.
  /// When its front crosses the edges of the channels, 0 to 1 of the sweep, monotonic, from one to
  /// the other; one more than there are channels.
  std::vector<double> crossings;
};

/// Adds what lies in the block.
void add_swept_signal(const SweptSignal& signal, const SkyBlock& sigmas);

}  // namespace draftstream
