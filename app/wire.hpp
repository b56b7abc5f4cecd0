// The wiring of a run: which thread does what, and how it ends.
#pragma once

#include <exception>
#include <memory>
#include <span>
#include <vector>

#include "app/announcer.hpp"
#include "app/beam_feed.hpp"
#include "app/interrupt.hpp"
#include "app/networks.hpp"
#include "app/output_folder.hpp"
#include "app/run_monitor.hpp"
#include "app/run_summary.hpp"
#include "app/settings.hpp"
#include "publishers/summary.hpp"

namespace draftstream {

/// One beam that is to be searched; see open_beams() for several.
struct BeamInput {
  std::unique_ptr<BeamFeed> feed;
  std::vector<bool> masked_channels;  ///< Shape [channel], true = never used; empty = none.
};

/// How a run ended. What was found is on disk in any case.
struct RunResult {
  RunSummary summary;        ///< As written to summary.json.
  std::exception_ptr error;  ///< Why it, or the first of its beams, failed; null if none did.
  int signal = 0;            ///< That ended it early; 0 = none.
};

/// Searches observations of one beam or several, side by side:
///
///     feed thread of each beam: recording or stream -> ring   (the writer waits for its reader)
///     search threads: ring -> engine, always of the beam that is farthest behind
///                       -> coincidence of beams -> results     (under one mutex)
///     this thread: progress; topic, journal and signals have threads of their own
///
/// The threads of the search are shared: with as many beams as threads, or more, each thread
/// searches one beam at a time. The first error of a beam ends that beam alone; its engine still
/// searches what it has taken. An error of the results, or a signal, ends all of them likewise.
///
/// @param inputs    At least one. Their feeds are used up.
/// @param announcer  Of this process; ended with the run, unless `kind` says that others follow.
/// @param networks  That judge candidates, if any do.
/// @param monitor   Sees the run and its stages while it goes on; may be null.
/// @throws ConfigError if the settings cannot be carried out on these observations.
/// @throws std::system_error if memory, threads or result files cannot be had.
RunResult run_search(std::span<const BeamInput> inputs, const Settings& settings,
                     const OutputFolder& folder, Announcer& announcer, Interrupt& interrupt,
                     const RunNetworks& networks = {}, const RunKind& kind = {},
                     RunMonitor* monitor = nullptr);

}  // namespace draftstream
