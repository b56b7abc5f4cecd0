// How much of a pulse's S/N a tree keeps, before it has seen any data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/tree/octaves.hpp"
#include "engine/tree/tree_plan.hpp"
#include "ingest/frequency_axis.hpp"
#include "ingest/units.hpp"

namespace draftstream {

/// S/N of a tree relative to that of exact dedispersion.
struct Efficiency {
  double mean = 0.0;
  double least = 0.0;
};

/// The noise-free response of one octave's tree to model pulses: Gaussian, as bright in every
/// channel, smeared inside the channels, integrated over samples. S/N is that of the best box:
///
///     tree      any of the trials next to the pulse's DM, boxcar_widths, in steps of 1/8 of the
///               width (of one sample below 16), samples of the octave
///     exact     the pulse's own DM, each channel's delay rounded to a sample of the recording,
///               boxes of any width that begin anywhere
///
/// The noise is white. What rounding sums to 8 bits takes is not included (less than 1 %). Pulses
/// that the lowest channel smears over more than 2^17 samples of the octave count as lost: 0.
///
/// Threads: any number at once.
class TreeEfficiency {
 public:
  /// @param sample_time  Of the recording.
  /// @param octave       Whose tree `tree` is; both must outlive the object.
  /// @param channels     Of so many, chosen evenly at random but always the same, the pulses are
  ///                     made; all, if there are fewer.
  TreeEfficiency(const FrequencyAxis& frequency, Seconds sample_time, const Octave& octave,
                 const TreePlan& tree, std::size_t channels = 512);

  /// @param dm       Of the pulse; inside the octave.
  /// @param arrival  Of its middle at the lowest channel, counted from the beginning of a sample of
  ///                 all octaves [samples of the recording].
  /// @param widths   FWHM of the pulses, each > 0.
  /// @return Shape [width]: S/N of the tree over the exact one. A little above 1 can be: several
  ///         trials are tried.
  [[nodiscard]] std::vector<double> of_pulse(DispersionMeasure dm, double arrival,
                                             std::span<const Seconds> widths) const;

  /// Over pulses of seeded random arrivals, whose DMs are spread evenly over the trials' range.
  /// @return Shape [width].
  [[nodiscard]] std::vector<Efficiency> over_dms(std::span<const Seconds> widths,
                                                 std::size_t pulses = 32) const;

 private:
  struct Channel {
    std::size_t index = 0;   // of the tree
    double to_lowest = 0.0;  // delay of the lowest channel behind it, a unit of DM [samples]
    double smearing = 0.0;   // inside it, a unit of DM [samples]
  };

  const Octave& octave_;
  const TreePlan& tree_;
  Seconds sample_time_;
  std::vector<Channel> channels_;
};

}  // namespace draftstream
