// The pictures of a run, drawn beside its search.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/beam_clock.hpp"
#include "app/output_folder.hpp"
#include "app/plot_book.hpp"
#include "app/plot_queue.hpp"
#include "app/plot_rule.hpp"
#include "app/slice_drawing.hpp"
#include "engine/candidate.hpp"
#include "ingest/spectrum_ring.hpp"
#include "publishers/event.hpp"
#include "publishers/plots/overview.hpp"
#include "publishers/summary.hpp"

namespace draftstream {

/// Gathers candidates block by block, and has a block's slices drawn once it is complete; from time
/// to time, and at the end, an overview of all. A stream's ring is kept from being overwritten for
/// a while behind the search (BeamSearch has made room for it), and no longer: whoever draws too
/// late skips.
///
/// Threads: take() one at a time, searched() one at a time for each beam, summary() is for any;
/// finish() after all of them.
class Plots {
 public:
  /// @param beams    Must outlive this; nothing was claimed of their rings yet.
  /// @param obs_ids  [beam]
  /// @param range    DMs that are searched [pc cm^-3].
  /// @param tells    A log line for each block with slices, once it is complete: how many.
  Plots(const OutputFolder& folder, BeamSearches beams, const std::vector<std::string>& obs_ids,
        const PlotRule& rule, const AxisRange& range, bool tells);

  /// @param chunk  As in candidates.csv.
  void take(std::size_t beam, std::uint64_t chunk, PlottedCandidate candidate);

  /// A beam has been searched farther.
  /// @param settled  No candidate before this sample is still to come.
  void searched(std::size_t beam, std::uint64_t settled);

  /// All has been searched: draws the rest on this thread, as long as the rule says.
  /// @param give_up  Says that this is to end before.
  void finish(const std::function<bool()>& give_up);

  [[nodiscard]] PlotSummary summary() const;

 private:
  using Clock = std::chrono::steady_clock;

  struct Beam {
    PlottedBeam plotted;
    std::unique_ptr<PlotSamples> samples;
    std::unique_ptr<SpectrumRing::Reader> keeper;  // null: the ring need not, or cannot, wait
    std::uint64_t history = 0;
    std::uint64_t completed = 0;  // blocks
  };

  [[nodiscard]] std::vector<PlotSlice> complete(std::size_t beam, std::uint64_t chunk_end);
  [[nodiscard]] PlotSlice empty_slice(std::size_t beam, std::uint64_t chunk) const;
  void offer_all(std::size_t beam, std::vector<PlotSlice> slices);
  void offer(PlotSlice slice);
  void offer_overview();
  std::uint64_t draw_the_overview(const Overview& overview) const;

  const OutputFolder& folder_;
  BeamSearches searches_;
  const PlotRule rule_;
  const AxisRange range_;
  const bool tells_;
  std::vector<Beam> beams_;
  mutable std::mutex mutex_;  // guards what follows, and completed
  SliceBook book_;
  Overview overview_;
  bool overview_is_old_ = true;
  Clock::time_point overview_drawn_;
  double after_search_s_ = 0.0;
  PlotQueue queue_;  // last: its thread uses the beams
};

}  // namespace draftstream
