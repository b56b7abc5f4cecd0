// What a run may do beside searching: put bursts in, tell of pulses at once, keep the samples
// around events, and draw them.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>

#include "app/injections.hpp"
#include "app/output_folder.hpp"
#include "app/plots.hpp"
#include "app/prompt_alerts.hpp"
#include "app/results.hpp"
#include "app/run_monitor.hpp"
#include "app/run_orders.hpp"
#include "app/run_summary.hpp"
#include "app/settings.hpp"
#include "app/trigger_dumps.hpp"

namespace draftstream {

/// Threads: searched() one at a time for each beam; report() and orders() are for any; the others
/// for before and after.
class RunExtras {
 public:
  /// As far as the settings want them; all of it where there are operators to ask for it.
  /// @param beams, settings, results  Must outlive this; nothing was searched yet.
  /// @param alerts  Pulses are told of at once, where the engine has a prompt search.
  /// @throws ConfigError on injections that are out of range.
  RunExtras(BeamSearches beams, const Settings& settings, const OutputFolder& folder,
            Results& results, bool alerts);

  /// A beam has been searched farther, and what was found handed out.
  /// @param settled  BeamCoincidence::settled().
  void searched(std::size_t beam, Seconds settled);

  /// Adds what became of injections, alerts and dumps so far.
  void report_to(RunReport& report) const;
  [[nodiscard]] RunOrders& orders() noexcept { return orders_; }

  /// All beams have ended: waits for the dumps, and says what became of all.
  /// @param handed_out  All candidates were taken by the results.
  /// @return What telling of an alert or a dump failed by; null if it did not.
  std::exception_ptr finish(RunSummary& summary, bool handed_out);

  /// After that: draws the plots that are left, and says what became of all.
  /// @param give_up  Says that this is to end before.
  void finish_plots(RunSummary& summary, const std::function<bool()>& give_up);

 private:
  [[nodiscard]] std::uint64_t settled_sample(std::size_t beam, Seconds settled) const;
  [[nodiscard]] PromptAlertSummary alert_summary() const;

  BeamSearches beams_;
  const Settings& settings_;
  std::unique_ptr<Injections> injections_;  // null: none are made
  std::unique_ptr<PromptAlerts> alerts_;    // null: none are told
  std::unique_ptr<TriggerDumps> dumps_;     // null: none are kept
  std::unique_ptr<Plots> plots_;            // null: none are drawn
  RunOrders orders_;
};

}  // namespace draftstream
