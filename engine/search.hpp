// The engine: chunks in, candidates out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/candidate.hpp"
#include "engine/search_config.hpp"
#include "ingest/filterbank_chunk.hpp"
#include "ingest/ledger.hpp"
#include "ingest/observation.hpp"

namespace draftstream {

/// Called with each candidate as it becomes final, in order of time.
using CandidateSink = std::function<void(const Candidate&)>;

/// Wall-clock seconds spent in each stage so far.
struct StageSeconds {
  double condition = 0.0;
  double dedisperse = 0.0;  ///< With the boxcar search, which runs on the same series.
  double cluster = 0.0;
};

/// What a search did besides finding candidates.
struct SearchCounts {
  Ledger ledger;                  ///< Balanced after finish().
  std::uint64_t boxes = 0;        ///< Sums that were compared with the threshold.
  std::uint64_t boxes_above = 0;  ///< Those above it.
  std::uint64_t candidates = 0;
  std::uint64_t candidates_dropped = 0;  ///< Ranked below max_candidates_per_s.
  std::uint64_t detections_dropped = 0;  ///< Ranked below what a block may hold.
  double frac_channels_flagged = 0.0;    ///< Mean over blocks; the given mask included.
  StageSeconds seconds;
};

/// Searches one observation. Its candidates are a function of samples and configuration alone: not
/// of how the samples are cut into chunks, nor of the number of threads.
///
/// Threads: one at a time per object; it runs config.threads workers of its own.
class Search {
 public:
  /// @throws ConfigError if the configuration cannot be carried out on this observation.
  Search(const Observation& observation, const SearchConfig& config);
  ~Search();
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  /// Takes the next chunk, which begins where the last one ended; blocks while it is searched.
  /// @throws std::logic_error if it does not.
  void push(const FilterbankChunk& chunk, const CandidateSink& sink);

  /// Says that the observation ended; searches what is left.
  void finish(const CandidateSink& sink);

  [[nodiscard]] const SearchCounts& counts() const noexcept;
  [[nodiscard]] std::uint64_t samples_taken() const noexcept;     ///< Spectra pushed so far.
  [[nodiscard]] std::uint64_t samples_searched() const noexcept;  ///< Spectra done with.
  [[nodiscard]] std::size_t trials() const noexcept;
  [[nodiscard]] std::uint64_t longest_delay() const noexcept;  ///< [samples]
  [[nodiscard]] std::uint64_t block_samples() const noexcept;  ///< Statistics are taken over.

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace draftstream
