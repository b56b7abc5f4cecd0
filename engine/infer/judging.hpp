// The last stage of a search: candidates are looked at, and judged, before they are handed on.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <vector>

#include "engine/candidate_finisher.hpp"
#include "engine/infer/judge.hpp"
#include "engine/infer/look_maker.hpp"
#include "engine/search_counts.hpp"

namespace draftstream {

/// Candidates that became final with one block are looked at at once, while their samples are at
/// hand; the networks judge them in a thread of their own while the next block is searched; then
/// they are handed on. What the detector saw besides is refined, judged in turn, and handed on with
/// them if it is a burst and none of them explains it.
///
/// What comes out is a function of samples, configuration and networks, as long as the policy has
/// patience: batches are those of a block.
///
/// Threads: one at a time per object.
class Judging {
 public:
  /// A closer look at a find, whose samples are at hand.
  /// @return S/N 0 if there is nothing.
  using Refine = std::function<Candidate(double middle, DispersionMeasure dm, double width)>;

  /// @throws ConfigError if the band has no sweep.
  Judging(const Observation& observation, LookSettings settings, WorkerPool& pool)
      : settings_{std::move(settings)}, maker_{observation, pool} {}
  ~Judging();
  Judging(const Judging&) = delete;
  Judging& operator=(const Judging&) = delete;

  /// Are there networks? Without them candidates that were begun can be handed on at once.
  [[nodiscard]] bool judges() const noexcept { return settings_.networks != nullptr; }

  /// Blocks that candidates stay longer than without networks.
  static constexpr std::size_t blocks = 1;

  /// Looks at candidates, and begins to judge them. Comes after finish().
  /// @param end    All candidates whose boxes end at or before this sample are known now.
  /// @param wanted  Whether they are to be judged, where there are networks.
  void begin(std::vector<Candidate> candidates, std::uint64_t end, const RawHistory& raw,
             const BlockNotes& notes, bool wanted, SearchCounts& counts);

  /// Waits for those that were begun, if any, and hands them on in order of time.
  void finish(const RawHistory& raw, const BlockNotes& notes, const Refine& refine,
              const CandidateSink& sink, SearchCounts& counts);

 private:
  using Looks = std::shared_ptr<const std::vector<Look>>;
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] Judged verdicts(SearchCounts& counts);
  [[nodiscard]] bool networks_are_free(SearchCounts& counts);
  void add_finds(Judged& judged, const RawHistory& raw, const BlockNotes& notes,
                 const Refine& refine, SearchCounts& counts);
  [[nodiscard]] bool is_explained(const Candidate& find, const std::vector<Candidate>& by) const;
  void attach(const Looks& looks, std::vector<Candidate>& candidates) const;

  LookSettings settings_;
  LookMaker maker_;
  std::vector<Candidate> waiting_;  // for their verdicts
  std::future<Judged> running_;     // which are made here; empty: nobody makes any
  Clock::time_point begun_;
  std::future<Judged> late_;       // nobody waits for these any more
  std::uint64_t first_ = 0;        // where those that wait begin
  std::uint64_t end_ = 0;          // and end
  std::vector<Candidate> before_;  // those handed on last
};

}  // namespace draftstream
