// Detections that one pulse explains become one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/boxcar.hpp"
#include "engine/dm_plan.hpp"

namespace draftstream {

/// Does a pulse leave a detection, by Clusters' rule?
/// @param plan  That their trials are of.
[[nodiscard]] bool explains(const DmPlan& plan, const Detection& bright, const Detection& faint);

/// A total order, so that equal S/N cannot make an outcome depend on anything else.
[[nodiscard]] bool brighter(const Detection& a, const Detection& b);

/// Decides what belongs together. A pulse of S/N s, width w at DM d is also seen at trial d', where
/// its sweep is left smeared over r = |d' - d| * (sweep of 1 pc cm^-3) samples: there it lies
/// between t - r and t + w (d' > d) or t and t + w + r (d' < d), with an S/N of at most about
/// s * sqrt(w / sqrt(w^2 + (r/4)^2)): the quarter allows for pulses that fill a quarter of the
/// band. A weaker detection that lies there and is no stronger than that (and 3 sigma of noise) is
/// explained by the brighter one. What nothing explains is a peak.
///
/// Each decision looks at one tile, its neighbours, and the brightest peaks of the past whose sweep
/// still lasts; so memory is bounded, and the outcome depends on where tiles lie (at multiples of
/// the absolute sample index), not on chunks.
class Clusters {
 public:
  /// @param most_detections  A tile may hold; what ranks below is dropped and counted.
  Clusters(const DmPlan& plan, std::size_t most_detections)
      : plan_{plan}, most_detections_{most_detections} {}

  /// Called with the new peaks of a tile, brightest first.
  using OnPeaks = std::function<void(std::span<const Detection> peaks)>;

  /// A peak of the tile before that the new tile did not explain either.
  struct Final {
    std::size_t peak = 0;       ///< Its place in what OnPeaks saw for its tile.
    std::uint32_t members = 0;  ///< Detections it explains, itself included.
  };

  /// Takes the detections of the next tile.
  /// @param detections  By trial, then by time.
  /// @param most_peaks  More than these are dropped by rank, and counted.
  std::vector<Final> take(std::vector<Detection> detections, std::size_t most_peaks,
                          const OnPeaks& on_peaks);

  [[nodiscard]] std::uint64_t detections_dropped() const noexcept { return detections_dropped_; }
  [[nodiscard]] std::uint64_t peaks_dropped() const noexcept { return peaks_dropped_; }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  struct Member {
    Detection detection;
    bool of_this_tile = true;
    bool explained = false;   // by something in a tile that is no longer here, or still is
    std::size_t peak = none;  // its place in what OnPeaks saw
  };

  std::vector<Detection> local_peaks(const std::vector<Detection>& detections) const;
  std::vector<std::size_t> find_parents(std::vector<Member>& members) const;
  void remember(const Member& peak);
  void forget_before(std::uint64_t sample);

  const DmPlan& plan_;
  std::size_t most_detections_;
  std::vector<Member> before_;      // the tile before
  std::vector<Member> remembered_;  // bright peaks of older tiles, which explain but are counted
  std::uint64_t detections_dropped_ = 0;
  std::uint64_t peaks_dropped_ = 0;
};

}  // namespace draftstream
