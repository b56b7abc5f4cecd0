// Which trials are searched at which time resolution, and the tree of each.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/tree/tree_plan.hpp"
#include "engine/trial_spacing.hpp"
#include "ingest/frequency_axis.hpp"
#include "ingest/units.hpp"

namespace draftstream {

/// Trials that are searched at one time resolution, by one tree.
struct Octave {
  unsigned downsample = 1;     ///< Samples of the recording to one of the tree; a power of 2.
  int delay_step = 1;          ///< Of the tree's sub-bands [samples of the tree].
  std::vector<double> trials;  ///< [pc cm^-3], rising, at least one.
};

/// How octaves trade S/N of narrow pulses for speed.
struct OctaveOptions {
  unsigned shift = 2;  ///< sh below; 0 = samples as long as the smearing inside a channel.
  unsigned most_downsample = 1024;  ///< >= 1.
};

/// Splits a search by the delay from one channel to the next, the mean over the band. Octave k,
/// from 2^(k-1) to 2^k samples (k = 0: from 0), has
///
///     downsample = 2^max(0, k - sh)
///     delay_step = 2 (k < 2) or 4 samples of the recording, but at least one of the tree
///
/// and trials as TrialSpacing places them at its own sample time. Once `most_downsample` is reached
/// the octave goes on to the end. Octaves without trials are left out; `range.max` is covered.
/// @throws ConfigError as DmPlan does; std::invalid_argument if an option is out of range.
[[nodiscard]] std::vector<Octave> plan_octaves(const FrequencyAxis& frequency, Seconds sample_time,
                                               const DmRange& range,
                                               const OctaveOptions& options = {});

/// The tree of an octave, of all channels in the order of channels_by_rank (channel_order.hpp).
/// @param sample_time  Of the recording.
/// @throws std::invalid_argument as TreePlan does.
[[nodiscard]] TreePlan plan_tree(const FrequencyAxis& frequency, Seconds sample_time,
                                 const Octave& octave);

}  // namespace draftstream
