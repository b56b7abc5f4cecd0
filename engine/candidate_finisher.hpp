// From detections to candidates, tile after tile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/candidate.hpp"
#include "engine/cluster.hpp"
#include "engine/dm_plan.hpp"
#include "engine/worker_pool.hpp"

namespace draftstream {

/// Called with each candidate as it becomes final, in order of time.
using CandidateSink = std::function<void(const Candidate&)>;

/// Clusters the detections of each tile, has every new peak looked at closely while its samples are
/// at hand, and hands it on one tile later, when nothing can explain it any more.
class CandidateFinisher {
 public:
  /// A closer look at one peak. Called for several at once, from the threads of the pool.
  using Refine = std::function<Candidate(const Detection&)>;

  /// @param most_detections  A tile may hold; see Clusters.
  /// @param most_peaks       A tile may hold.
  CandidateFinisher(const DmPlan& plan, std::size_t most_detections, std::size_t most_peaks,
                    WorkerPool& pool)
      : clusters_{plan, most_detections}, most_peaks_{most_peaks}, pool_{pool} {}

  /// @param detections  Of the next tile; by trial, then by time.
  void take_tile(std::vector<Detection> detections, const Refine& refine,
                 const CandidateSink& sink);
  /// Says that no more tiles come.
  void finish(const CandidateSink& sink);

  [[nodiscard]] std::uint64_t candidates() const noexcept { return candidates_; }
  [[nodiscard]] std::uint64_t peaks_dropped() const noexcept { return clusters_.peaks_dropped(); }
  [[nodiscard]] std::uint64_t detections_dropped() const noexcept {
    return clusters_.detections_dropped();
  }

 private:
  void emit(const std::vector<Clusters::Final>& finals, const CandidateSink& sink);

  Clusters clusters_;
  std::size_t most_peaks_;
  WorkerPool& pool_;
  std::vector<Candidate> fresh_;    // refined peaks of the newest tile
  std::vector<Candidate> pending_;  // and of the one before
  std::uint64_t candidates_ = 0;
};

}  // namespace draftstream
