// One beam of a run, on its way from its samples to candidates.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "app/beam_feed.hpp"
#include "app/buffer_plan.hpp"
#include "app/overload.hpp"
#include "app/run_monitor.hpp"
#include "app/settings.hpp"
#include "app/stage_watch.hpp"
#include "engine/search.hpp"
#include "ingest/spectrum_ring.hpp"

namespace draftstream {

/// A feed, a ring, a thread that fills the one from the other, and an engine.
///
/// Threads: step() belongs to one thread at a time, finished() and the errors to after the last
/// one; stop(), abandon(), samples_taken(), report() and the stages are for any.
class BeamSearch {
 public:
  /// @param source    Must outlive this.
  /// @param dumps     The ring keeps what they may need.
  /// @param plots     The ring of a stream keeps what they may need, too.
  /// @throws ConfigError if the configuration cannot be carried out on this observation.
  /// @throws std::system_error if there is not enough memory.
  BeamSearch(BeamFeed& source, const SearchConfig& config,
             std::optional<std::uint64_t> chunk_samples, LookSettings looks = {},
             const DumpRule& dumps = {}, bool plots = false);
  /// Stops and waits for the feeding thread, if wait_for_feed() has not.
  ~BeamSearch();
  BeamSearch(const BeamSearch&) = delete;
  BeamSearch& operator=(const BeamSearch&) = delete;

  /// Starts to feed.
  /// @throws std::system_error if there is no thread to be had.
  void start();

  /// Has chunks pass through this on their way to the search; the ring keeps what was there. Before
  /// start().
  using Change = std::function<FilterbankChunk(const FilterbankChunk&)>;
  void change_by(Change change) { change_ = std::move(change); }

  /// Tells what the prompt search sees, on the thread that searches; steps are as short as it wants
  /// them. Before start().
  /// @throws ConfigError if the engine has no prompt search.
  void alert_by(PromptSink sink);

  /// Has blocks be searched in part, or not at all, where the search falls behind; no more than
  /// what the engine can leave out. Before start().
  /// @param told  At each change of the level, on the thread that searches.
  using OverloadTold = std::function<void(const OverloadState&)>;
  void shed_by(const OverloadRule& rule, OverloadTold told);

  /// Waits for the next chunk and searches it.
  /// @return false when there was none and the engine has finished, or this beam has failed.
  bool step(const CandidateSink& sink);

  /// Ends the feed; what was taken, or has arrived from a live source, is still searched.
  void stop() noexcept { source_.stop(ring_); }
  /// The same, and what has arrived and was not taken yet is left unsearched.
  void abandon() noexcept;
  /// After the last step().
  void wait_for_feed();

  /// Whether all that was taken has been searched, to its end.
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  /// What it failed by; null if it did not. An InputError leaves all that came before it searched.
  [[nodiscard]] std::exception_ptr error();

  /// How far it is, as of the last step.
  [[nodiscard]] BeamReport report() const;
  /// The feeding thread holds work when the search waits for data, so that the ring has room, and
  /// its source does not.
  [[nodiscard]] StageState feed_stage() const noexcept;
  [[nodiscard]] StageState search_stage() const noexcept { return search_steps_.state(); }

  [[nodiscard]] const BeamFeed& source() const noexcept { return source_; }
  [[nodiscard]] const Observation& observation() const noexcept { return source_.observation(); }
  /// Most that step() searches at once.
  [[nodiscard]] std::uint64_t step_samples() const noexcept { return step_samples_; }
  [[nodiscard]] const Search& search() const noexcept { return search_; }
  [[nodiscard]] const BufferPlan& buffers() const noexcept { return buffers_; }
  [[nodiscard]] const SpectrumRing& ring() const noexcept { return ring_; }
  [[nodiscard]] SpectrumRing& ring() noexcept { return ring_; }
  [[nodiscard]] std::uint64_t samples_taken() const noexcept { return samples_taken_; }
  [[nodiscard]] bool all_taken() const noexcept { return source_.whole(samples_taken()); }
  /// Never used; empty = none.
  [[nodiscard]] const std::vector<bool>& masked_channels() const noexcept {
    return masked_channels_;
  }
  /// That the ring has room for beyond what travels, for dumps and plots.
  [[nodiscard]] std::uint64_t history() const noexcept { return history_; }
  [[nodiscard]] double waited_s() const noexcept { return waited_s_; }  ///< By step(), for data.

 private:
  void feed_ring();
  void note_progress();
  [[nodiscard]] Shed shed(std::uint64_t end);
  void fail(std::exception_ptr error) noexcept;

  BeamFeed& source_;
  std::vector<bool> masked_channels_;
  BufferPlan buffers_;
  Search search_;
  std::uint64_t step_samples_;  // read at once
  Change change_;
  std::optional<OverloadLadder> ladder_;  // empty: nothing is left out
  OverloadTold overload_told_;
  std::uint64_t history_;
  SpectrumRing ring_;
  std::unique_ptr<SpectrumRing::Reader> reader_;
  std::atomic<std::uint64_t> samples_taken_ = 0;
  bool finished_ = false;
  double waited_s_ = 0.0;
  StageSteps search_steps_;
  std::atomic<bool> feeding_ = false;
  std::atomic<bool> awaits_data_ = false;  // step() does
  mutable std::mutex mutex_;               // guards the next five
  std::exception_ptr feed_error_;
  std::uint64_t samples_searched_ = 0;  // as of the last step
  SearchCounts counts_;                 // the same
  PromptCounts alert_counts_;           // the same
  OverloadState overload_;              // of the newest block
  std::thread feed_;                    // last: it uses all of the above
};

}  // namespace draftstream
