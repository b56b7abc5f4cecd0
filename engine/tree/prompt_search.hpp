// A search that tells of a pulse as soon as it has passed the lowest channel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/infer/look_maker.hpp"
#include "engine/prompt_alert.hpp"
#include "engine/raw_history.hpp"
#include "engine/search_config.hpp"
#include "engine/search_counts.hpp"
#include "engine/search_limits.hpp"
#include "engine/tree/search_trials.hpp"
#include "engine/tree/tree_blocks.hpp"
#include "engine/tree/tree_refinement.hpp"
#include "engine/worker_pool.hpp"

namespace draftstream {

/// The trees of a TreeSearch on blocks as short as they can be, *steps*, from the same samples.
/// What a step completes is looked at at once: it waits neither for the longest sweep, nor for the
/// tiles after it, nor for the networks' next turn. So it knows less:
///
/// - boxes are at most a sixteenth of a step wide;
/// - of a pulse that is bright enough, a part is seen before it has passed the lowest channel, at a
///   lower DM; once it is seen brighter, that is a revision of the same alert;
/// - networks see nothing of what comes after it.
///
/// What is told is a function of samples, configuration and the steps that were passed.
///
/// Threads: one at a time per object.
class PromptSearch {
 public:
  /// @param full      Limits of the search that finds everything.
  /// @param networks  Null: alerts are not judged.
  /// @throws ConfigError as plan_octaves does; DeviceError.
  PromptSearch(const Observation& observation, const SearchConfig& config, const SearchLimits& full,
               std::shared_ptr<const Networks> networks);

  PromptSearch(const PromptSearch&) = delete;
  PromptSearch& operator=(const PromptSearch&) = delete;

  /// [samples]
  [[nodiscard]] std::size_t step() const noexcept { return limits_.block; }

  /// Takes the newest step. @param raw  Holds as much as a TreeSearch of `full` asks for.
  void take(RawHistory& raw, const PromptSink& sink);
  /// The same without looking at it.
  void pass(RawHistory& raw);

  [[nodiscard]] const PromptCounts& counts() const noexcept { return prompt_counts_; }

 private:
  // A peak of the past, which explains what is still seen of it.
  struct Known {
    Detection detection;
    std::uint64_t number = 0;  // 0: it was not told of
    std::uint32_t revision = 0;
    double told_snr = 0.0;
  };

  struct LookedAt {
    Detection peak;
    Candidate candidate;
  };

  void forget_old();
  [[nodiscard]] std::vector<Detection> new_peaks();
  [[nodiscard]] bool is_at_frontier(const Detection& peak) const;
  [[nodiscard]] bool is_known(const Detection& detection) const;
  [[nodiscard]] std::vector<LookedAt> look_at(const std::vector<Detection>& peaks,
                                              const RawHistory& raw);
  [[nodiscard]] Known& remember(const Detection& peak);
  void tell(const Detection& peak, Candidate candidate, const PromptSink& sink);

  std::shared_ptr<const Networks> networks_;
  SearchLimits limits_;
  WorkerPool pool_;  // idle while the full search's works
  SearchTrials trials_;
  SearchCounts counts_;  // of no interest: the full search counts samples
  TreeBlocks blocks_;
  TreeRefinement refinement_;
  std::unique_ptr<LookMaker> looks_;  // null: nobody judges
  std::vector<Detection> waiting_;    // for what the next step may show beside them
  std::vector<Known> known_;
  PromptCounts prompt_counts_;
};

}  // namespace draftstream
