// Who is judged, when not all can be.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace draftstream {

/// A bounded queue of candidates in front of the networks: of those that become final together,
/// the brightest are judged; the others stay unjudged, and are counted.
struct JudgingPolicy {
  /// Without a limit all are judged, and the search waits: for recordings.
  std::size_t most = std::numeric_limits<std::size_t>::max();

  /// @param snr  Of each candidate, in order; of equal ones the first is preferred.
  /// @return Places of those that are judged, rising.
  [[nodiscard]] std::vector<std::size_t> choose(std::span<const double> snr) const;
};

}  // namespace draftstream
