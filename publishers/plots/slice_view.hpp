// From the candidates of a slice, and the samples around them, to its picture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/candidate.hpp"
#include "ingest/observation.hpp"
#include "publishers/cutouts/cutout.hpp"
#include "publishers/event.hpp"
#include "publishers/plots/slice_picture.hpp"

namespace draftstream {

/// A candidate with what is told of it.
struct PlottedCandidate {
  Event event;
  Candidate candidate;
  std::string file;  ///< Recording that it is in; "" of streams.
};

/// What a slice reaches over.
struct SliceStretch {
  std::uint64_t first = 0;    ///< Sample at the highest channel.
  std::uint64_t samples = 1;  ///< > 0.
  AxisRange dm_pc_cm3;
};

/// The detector's tile around a candidate: what it saw, whether it looked or not.
/// @throws ConfigError of a band without a sweep.
[[nodiscard]] SliceStretch slice_around(const Candidate& candidate, const Observation& observation);

/// Which block of samples a slice is of.
struct BlockOfSlice {
  std::uint64_t number = 0;
  std::uint64_t samples = 1;  ///< Of every block; the last one may be shorter.
};

/// One slice, ready to be drawn.
struct SliceView {
  std::string name;  ///< Of the recording or stream.
  BlockOfSlice block;
  unsigned number = 0;  ///< In its block.
  SliceStretch stretch;
  std::vector<PlottedCandidate> candidates;  ///< The one that matters most first; may be none.
  std::size_t more = 0;                      ///< Candidates in it that are not among these.
  Waterfall dispersed;
  Waterfall dedispersed;  ///< At the first one's DM, or at 0.
};

/// The DM-time image is the detector's where it was kept, else dm_time_of() the waterfall.
/// @param cutout  Of the first candidate; empty where the search keeps none.
/// @throws InputError as page_of().
[[nodiscard]] SlicePicture picture_of(SliceView view, const Observation& observation,
                                      const std::optional<Cutout>& cutout);

}  // namespace draftstream
