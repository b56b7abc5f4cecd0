// The two networks, put to many looks at once.
#pragma once

#include <vector>

#include "engine/infer/heat_map.hpp"
#include "engine/infer/look.hpp"

namespace draftstream {

/// What the detector saw and no look is about.
struct Find {
  TilePlace place;
  HeatPeak peak;
};

struct Judged {
  std::vector<Candidate> candidates;  ///< Those of the looks, in order.
  std::vector<Find> finds;            ///< By tile, in the order of the looks.
  std::size_t judged = 0;             ///< Of the candidates; the others stay unjudged, as does
                                      ///< one of which a network says what is no number.
  double seconds = 0.0;               ///< That the networks took.
};

/// Each tile goes through the detector once, each patch through the classifier; in batches of what
/// is there now, of at most 8 tiles and 32 patches, so that nobody waits for a batch to fill.
///
/// Threads: any number at once.
/// @throws std::runtime_error if a network fails.
[[nodiscard]] Judged judge(const Networks& networks, const JudgingPolicy& policy,
                           const std::vector<Look>& looks);

}  // namespace draftstream
