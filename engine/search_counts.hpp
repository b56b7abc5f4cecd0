// What a search did besides finding candidates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/shedding.hpp"
#include "ingest/ledger.hpp"

namespace draftstream {

/// Wall-clock seconds spent in each stage so far.
struct StageSeconds {
  double condition = 0.0;
  double dedisperse = 0.0;  ///< With the boxcar search, which runs on the same series.
  double cluster = 0.0;
  double look = 0.0;               ///< Making what networks see of candidates.
  double wait_for_networks = 0.0;  ///< Of the search, at the end of a block.
  double infer = 0.0;              ///< Of the networks, most of it beside the search.
};

struct SearchCounts {
  Ledger ledger;                  ///< Balanced after finish().
  std::uint64_t boxes = 0;        ///< Sums that were compared with the threshold.
  std::uint64_t boxes_above = 0;  ///< Those above it.
  std::uint64_t candidates = 0;
  std::uint64_t candidates_dropped = 0;  ///< Ranked below max_candidates_per_s.
  std::uint64_t detections_dropped = 0;  ///< Ranked below what a block may hold.
  std::uint64_t judged = 0;              ///< By networks.
  std::uint64_t left_unjudged = 0;       ///< Beyond what JudgingPolicy allows, shed, or no verdict.
  std::uint64_t finds = 0;               ///< Candidates that the detector alone saw.
  std::uint64_t finds_dropped = 0;       ///< What the detector saw beyond what a block may hold.
  std::uint64_t blocks = 0;              ///< That were not skipped.
  double frac_channels_flagged = 0.0;    ///< Mean over blocks; the given mask included.
  ShedCounts shed;
  StageSeconds seconds;

  /// Takes the fates of a block's spectra and its flagged channels into account.
  void count_block(std::span<const Fate> of_spectra, const std::vector<bool>& flagged);

  /// The same for a block that was skipped. @param arrived  Of its spectra, now overrun.
  void count_skipped(std::span<const Fate> of_spectra, std::uint64_t arrived);

  /// Adds those of another search; the fraction flagged becomes the mean over the blocks of both.
  SearchCounts& operator+=(const SearchCounts& other);
};

}  // namespace draftstream
