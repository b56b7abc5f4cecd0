// Who is judged, when not all can be.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "ingest/units.hpp"

namespace draftstream {

/// A bounded queue of candidates in front of the networks: of those that become final together,
/// the brightest are judged; the others stay unjudged, and are counted. Without limits all are
/// judged, and the search waits for it: for recordings.
struct JudgingPolicy {
  std::size_t most = std::numeric_limits<std::size_t>::max();

  /// How long candidates wait for the networks, from when these were given them until the next
  /// block has been searched or longer; then they are handed on unjudged, as are those that come
  /// while the networks are still busy. The one thing here that a clock decides: with it, verdicts
  /// are no function of samples and configuration.
  std::optional<Seconds> patience;

  /// @param snr  Of each candidate, in order; of equal ones the first is preferred.
  /// @return Places of those that are judged, rising.
  [[nodiscard]] std::vector<std::size_t> choose(std::span<const double> snr) const;
};

}  // namespace draftstream
