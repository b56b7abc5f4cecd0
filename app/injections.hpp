// Bursts that are put into a stream to see whether they are found.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/candidate.hpp"
#include "ingest/filterbank_chunk.hpp"
#include "ingest/observation.hpp"
#include "publishers/summary.hpp"
#include "training/live_injector.hpp"

namespace draftstream {

/// A burst that somebody asks for.
struct InjectionRequest {
  DispersionMeasure dm;
  double snr = 0.0;
  Seconds width;
};

/// Where it will come.
struct PlannedInjection {
  std::string id;              ///< As its events will have it.
  Seconds toa;                 ///< As Burst::toa.
  std::uint64_t sample_index;  ///< That holds `toa`.
};

/// Injects into the beams of an observation, and keeps count of what the search found of it.
///
/// A candidate within three tolerances (match_tolerance()) of a burst is that burst's, and no
/// other's: it is to be told as an injection. A burst is missed once no candidate of it can come.
///
/// Threads: add() one at a time for each beam; the others are for any.
class Injections {
 public:
  /// @throws ConfigError on a rule that is out of range.
  Injections(const std::vector<const Observation*>& beams, const InjectionRule& rule);

  /// As LiveInjector::add().
  FilterbankChunk add(std::size_t beam, const FilterbankChunk& chunk) {
    return injectors_.at(beam)->add(chunk);
  }

  /// Puts one more in, as LiveInjector::request().
  /// @throws ConfigError on a burst that is out of range, TryAgain if the beam has ended.
  PlannedInjection request(std::size_t beam, const InjectionRequest& wanted);

  /// @return The name of the injection that this is of; empty: it is of none.
  std::optional<std::string> claim(std::size_t beam, const Candidate& candidate);

  /// The same, of what the prompt search sees: that does not count as found.
  [[nodiscard]] std::optional<std::string> injection_of(std::size_t beam,
                                                        const Candidate& candidate) const;

  /// Says that no candidate of the beam that arrives before `sample` will be claimed any more.
  void settled(std::size_t beam, std::uint64_t sample);

  /// Says that the beam has ended with so many samples, and all its candidates were claimed. Bursts
  /// that the end cut off are neither found nor missed.
  void ended(std::size_t beam, std::uint64_t samples);

  [[nodiscard]] InjectionSummary summary() const;

 private:
  struct Pending {
    std::size_t beam = 0;
    InjectedBurst burst;
    double found_snr = 0.0;  // of its brightest candidate; 0 = none yet
  };
  struct Outcome {
    double true_snr = 0.0;
    double found_snr = 0.0;
  };

  [[nodiscard]] std::optional<std::size_t> place_of(std::size_t beam,
                                                    const FoundPulse& pulse) const;
  void made(std::size_t beam, const InjectedBurst& burst);
  void conclude(const Pending& pending);

  std::vector<Observation> observations_;
  std::vector<std::unique_ptr<LiveInjector>> injectors_;  // [beam]

  std::atomic<std::uint64_t> requests_ = 0;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<bool> ended_;   // [beam]
  std::vector<Pending> pending_;
  std::deque<Outcome> last_;
  std::uint64_t made_ = 0;
  std::uint64_t found_ = 0;
  std::uint64_t missed_ = 0;
};

}  // namespace draftstream
