#include "engine/tree/tree_refinement.hpp"

#include <algorithm>
#include <cmath>

#include "engine/tree/refine_patch.hpp"

namespace draftstream {

TreeRefinement::TreeRefinement(const Observation& observation, const SearchConfig& config,
                               const SearchLimits& limits, const SearchTrials& trials,
                               const TreeBlocks& blocks)
    : max_frac_missing_{config.max_frac_missing},
      widest_{limits.widest},
      plan_{trials.plan},
      blocks_{blocks},
      dedisperser_{limits.live_channels},
      refiner_{plan_, dedisperser_, observation.time.sample_time, limits.widest} {}

Candidate TreeRefinement::refine(const Detection& peak, const RawHistory& raw,
                                 const SampleRange& reach) const {
  const OctaveSearch& part = blocks_.part_of(peak.trial);
  const BlockNotes& notes = blocks_.notes();
  const auto width = std::lower_bound(pyramid_widths.begin(), pyramid_widths.end(),
                                      peak.width / part.downsample());
  // Of the block that its tile belongs to: it may begin in the one before.
  const std::uint64_t middle = std::min(peak.first + peak.width / 2, notes.end() - 1);
  const double left = static_cast<double>(
      part.share(peak.trial, static_cast<std::size_t>(width - pyramid_widths.begin()),
                 notes.good_samples(middle)));
  if (left == 0.0) return {};  // a find: wider than what is known of the noise
  const double least_goods =
      (1.0 - max_frac_missing_) * static_cast<double>(notes.good_channels(middle));
  const NearTracks near = refiner_.tracks_near(peak, reach);
  const RefinePatch patch{raw, notes, plan_, near};
  Candidate candidate = refiner_.refine(peak, patch, left, least_goods, reach);
  const auto sweep = static_cast<std::uint64_t>(std::ceil(plan_.sweep_samples(candidate.dm)));
  candidate.overrun = candidate.gap_within_event &&
                      notes.any_overrun(candidate.first_sample,
                                        candidate.first_sample + candidate.boxcar_samples + sweep);
  return candidate;
}

Candidate TreeRefinement::refine_find(double middle, DispersionMeasure dm, double width,
                                      const RawHistory& raw) const {
  std::size_t trial = 0;
  for (std::size_t t = 1; t < plan_.trials() && plan_.trial(t) <= dm; ++t) trial = t;
  if (trial + 1 < plan_.trials() && plan_.trial(trial + 1) - dm < dm - plan_.trial(trial)) ++trial;
  const unsigned downsample = blocks_.part_of(trial).downsample();
  Detection found;
  found.trial = static_cast<std::uint32_t>(trial);
  found.width = downsample;
  for (const std::uint32_t box : pyramid_widths) {
    const std::uint32_t samples = box * downsample;
    if (samples <= widest_ && std::abs(samples - width) < std::abs(found.width - width)) {
      found.width = samples;
    }
  }
  found.first = static_cast<std::uint64_t>(std::max(0.0, middle - 0.5 * found.width));
  if (found.first >= raw.taken()) return {};
  const SampleRange reach{found.first > lookback_samples ? found.first - lookback_samples : 0,
                          found.first + Refiner::reach_samples};
  return refine(found, raw, reach);
}

}  // namespace draftstream
