// What a run may do beside searching: put bursts in, and keep the samples around events.
#pragma once

#include <cstddef>
#include <exception>
#include <memory>

#include "app/injections.hpp"
#include "app/output_folder.hpp"
#include "app/results.hpp"
#include "app/run_summary.hpp"
#include "app/settings.hpp"
#include "app/trigger_dumps.hpp"

namespace draftstream {

/// Threads: searched() one at a time for each beam; the others are for before and after.
class RunExtras {
 public:
  /// As far as the settings want them.
  /// @param beams, results  Must outlive this; nothing was searched yet.
  /// @throws ConfigError on injections that are out of range.
  RunExtras(BeamSearches beams, const Settings& settings, const OutputFolder& folder,
            Results& results);

  /// A beam has been searched farther, and what was found handed out.
  void searched(std::size_t beam);

  /// All beams have ended: waits for the dumps, and says what became of all.
  /// @return What telling of a dump failed by; null if it did not.
  std::exception_ptr finish(RunSummary& summary);

 private:
  BeamSearches beams_;
  std::unique_ptr<Injections> injections_;  // null: none are made
  std::unique_ptr<TriggerDumps> dumps_;     // null: none are kept
};

}  // namespace draftstream
