// Which man-made signals and faults spoil a simulated sky.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace draftstream {

/// In the order in which they act; dropouts take all that is there.
enum class InterferenceKind {
  narrowband,  ///< Carriers in single channels, half of them always on, half on and off.
  impulses,    ///< Broad-band, undispersed pulses.
  radar,       ///< Periodic pulses in a part of the band, under a turning antenna.
  chirps,      ///< Tones that sweep through the band or a part of it.
  perytons,    ///< Sweeps of a wrong law or a wrong sign, patchy over the band.
  blips,       ///< Short transmissions in a few channels.
  red_noise,   ///< The level of all channels wanders slowly.
  gains,       ///< Steps of the receiver's gain.
  dead,        ///< Channels that hold zero.
  saturated,   ///< Channels that hold the largest value.
  dropouts,    ///< Spectra that are all zero for some milliseconds.
};

std::string_view name(InterferenceKind kind);  ///< "narrowband", ...: as in parse_interference.

/// One kind of interference and how much of it.
struct Interference {
  InterferenceKind kind = InterferenceKind::narrowband;
  /// narrowband, dead, saturated: fraction of the channels, 0 to 1.
  /// impulses, chirps, perytons, blips, dropouts, gains: events per second, > 0.
  /// radar: period of its pulses [s], > 0.   red_noise: rms of the level [sigma].
  double amount = 0.0;

  friend bool operator==(const Interference&, const Interference&) = default;
};

/// What a kind named without an amount has.
double default_amount(InterferenceKind kind);

/// Parses a list as in "narrowband:0.3,impulses:100,radar". "none" and "" are empty lists; "storm"
/// stands for a bad day: seven kinds at once, in large amounts.
/// @throws ConfigError naming the item and what was expected, also for a kind given twice.
std::vector<Interference> parse_interference(std::string_view text);

/// @throws ConfigError naming the kind whose amount is out of range.
void check(const Interference& interference);

}  // namespace draftstream
