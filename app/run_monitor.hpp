// What is seen of a run from outside while it goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/dump_request.hpp"
#include "app/overload.hpp"
#include "app/run_totals.hpp"
#include "app/stage_watch.hpp"
#include "engine/search_counts.hpp"
#include "ingest/packets/packet_report.hpp"
#include "publishers/page/live_waterfall.hpp"
#include "publishers/summary.hpp"
#include "publishers/topic_publisher.hpp"

namespace draftstream {

class RunOrders;

/// How far a beam is.
struct BeamReport {
  std::optional<int> beam;                ///< Its number; empty where it has none.
  std::uint64_t samples_received = 0;     ///< That have come, gaps included.
  std::uint64_t samples_searched = 0;     ///< That the engine is done with, at all trials.
  double lag_s = 0.0;                     ///< Of data that have come, and were not taken yet.
  double ring_s = 0.0;                    ///< That its ring has room for.
  std::uint64_t trials = 0;               ///< DMs.
  SearchCounts counts;                    ///< Of what was searched.
  PromptCounts alerts;                    ///< Of the prompt search.
  std::optional<OverloadState> overload;  ///< Empty where the stream waits for the search.
};

/// How a run goes.
struct RunReport {
  std::string obs_id;
  std::string folder;      ///< Where its results are.
  double data_s = 0.0;     ///< Taken from the beam that is farthest behind.
  double elapsed_s = 0.0;  ///< Since it began.
  std::uint64_t events = 0;
  double threshold_snr = 0.0;
  std::vector<BeamReport> beams;               ///< At least one.
  std::optional<TopicCounts> topic;            ///< Empty where nothing is published.
  std::optional<DumpSummary> dumps;            ///< Empty where none can be kept.
  std::vector<RequestedDump> requested_dumps;  ///< TriggerDumps::requested().
  std::optional<PlotSummary> plots;            ///< Empty where none are drawn.
  std::optional<InjectionSummary> injections;  ///< Empty where none can be made.
  std::optional<PromptAlertSummary> alerts;    ///< Empty where none are told.
  std::optional<PacketReport> packets;         ///< Empty where there are none.

  [[nodiscard]] Ledger ledger() const {  ///< Of all beams.
    Ledger all;
    for (const BeamReport& beam : beams) all += beam.counts.ledger;
    return all;
  }
  [[nodiscard]] double lag_s() const;  ///< Of the beam that has the longest.
  /// Of the beam that has the highest level; empty where all streams wait for their search.
  [[nodiscard]] std::optional<OverloadState> overload() const;
};

/// Spectra that are no data, for other reasons than interference.
[[nodiscard]] std::uint64_t lost_samples(const Ledger& ledger);

/// What is told of a run that goes on, and the sums of those before it.
struct RunsReport {
  std::optional<RunReport> now;  ///< Empty while none is going on.
  RunTotals before;              ///< Of those that have ended.
};

/// The run that is going on in this process, if one is: for those who watch it.
///
/// Threads: any.
class RunMonitor {
 public:
  struct Run {
    std::function<RunReport()> report;  ///< Returns at once; from any thread.
    std::function<void()> abandon;      ///< Leaves unsearched what has not been taken yet.
    RunOrders* orders = nullptr;        ///< Not null; lives as long as it is shown.
    /// The last seconds that have come, of the first beam; one at a time.
    std::function<WaterfallPicture()> waterfall;
  };

  /// The run is seen as long as this lives; after that, none of its functions is running.
  class Shown {
   public:
    explicit Shown(RunMonitor* monitor) noexcept : monitor_{monitor} {}
    Shown(Shown&& other) noexcept : monitor_{std::exchange(other.monitor_, nullptr)} {}
    Shown& operator=(Shown&&) = delete;
    ~Shown() {
      if (monitor_ != nullptr) monitor_->hide();
    }

   private:
    RunMonitor* monitor_;
  };

  [[nodiscard]] Shown show(Run run);

  /// Empty while none is going on.
  [[nodiscard]] std::optional<RunReport> report() const;
  /// The same, and the sums of what has ended: no run is in both, or in neither.
  [[nodiscard]] RunsReport reports() const;
  /// Empty while none is going on.
  [[nodiscard]] std::optional<WaterfallPicture> waterfall() const;
  void abandon();
  /// Gives an order to the run.
  /// @throws TryAgain while none is going on, and whatever `give` does.
  void order(const std::function<void(RunOrders&)>& give);
  [[nodiscard]] StageWatch& stages() noexcept { return stages_; }

 private:
  void hide();

  StageWatch stages_;
  mutable std::mutex mutex_;
  std::optional<Run> run_;  // guarded by mutex_
  RunTotals ended_;         // the same
};

}  // namespace draftstream
