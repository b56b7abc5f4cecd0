// The engine: chunks in, candidates out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/candidate_finisher.hpp"
#include "engine/infer/look.hpp"
#include "engine/prompt_alert.hpp"
#include "engine/search_config.hpp"
#include "engine/search_counts.hpp"
#include "engine/shedding.hpp"
#include "ingest/filterbank_chunk.hpp"
#include "ingest/observation.hpp"

namespace draftstream {

class RawHistory;
class SearchEngine;

/// Searches one observation. Its candidates are a function of samples and configuration alone: not
/// of how the samples are cut into chunks, nor of the number of threads. Where load is shed, they
/// are a function of what is left out of which block, too.
///
/// Threads: one at a time per object; it runs config.threads workers of its own.
class Search {
 public:
  /// @throws ConfigError if the configuration cannot be carried out on this observation;
  ///     DeviceError (cuda/tree_device.hpp) if its back end's device cannot.
  /// @param looks  Who looks at candidates before they are handed on: networks, a collector.
  Search(const Observation& observation, const SearchConfig& config, LookSettings looks = {});
  ~Search();
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  /// Whether it can leave out a part of the work: the engine direct cannot.
  [[nodiscard]] bool sheds() const noexcept;
  /// From the next block on, asks what is to be left out; empty = nothing is.
  /// @throws std::logic_error unless it sheds().
  void shed_by(Shedding shedding);

  /// Tells what a search of short blocks sees, long before the candidates are final. Before the
  /// first push().
  /// @throws ConfigError with the engine direct.
  void alert_by(PromptSink sink);
  /// Spectra that are searched for alerts at once; chunks of so many are told of soonest. 0 = no
  /// alerts.
  [[nodiscard]] std::size_t alert_step() const noexcept;

  /// Takes the next chunk, which begins where the last one ended; blocks while it is searched.
  /// @throws std::logic_error if it does not.
  void push(const FilterbankChunk& chunk, const CandidateSink& sink);

  /// Says that the observation ended; searches what is left.
  void finish(const CandidateSink& sink);

  [[nodiscard]] const SearchCounts& counts() const noexcept;
  [[nodiscard]] std::uint64_t samples_taken() const noexcept;     ///< Spectra pushed so far.
  [[nodiscard]] std::uint64_t samples_searched() const noexcept;  ///< Spectra done with.
  /// No candidate that is still to come arrives before this sample.
  [[nodiscard]] std::uint64_t samples_settled() const noexcept;
  [[nodiscard]] std::size_t trials() const noexcept;
  [[nodiscard]] std::uint64_t longest_delay() const noexcept;  ///< [samples]
  [[nodiscard]] std::uint64_t block_samples() const noexcept;  ///< Statistics are taken over.

 private:
  std::unique_ptr<RawHistory> raw_;
  std::unique_ptr<SearchEngine> engine_;
  std::uint64_t unsettled_blocks_;
  Shedding shedding_;
  PromptSink alert_;
  bool finished_ = false;
};

}  // namespace draftstream
