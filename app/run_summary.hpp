// What a run says of itself when it begins and when it ends.
#pragma once

#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/beam_clock.hpp"
#include "app/beam_search.hpp"
#include "app/results.hpp"
#include "app/settings.hpp"
#include "ingest/packets/packet_report.hpp"
#include "publishers/event_maker.hpp"
#include "publishers/status.hpp"
#include "publishers/summary.hpp"
#include "replay/beams.hpp"

namespace draftstream {

EventSoftware this_software();

/// What sort of run it is.
struct RunKind {
  std::string command = "replay";
  std::string source;  ///< URL of a live source; "" for recordings.
  AlertTense tense = AlertTense::archival;
  /// Others of this process may follow: its end is not that of the publisher.
  bool others_follow = false;
  /// Pulses are told of at once, where something is published: a prompt search looks for them.
  bool prompt_alerts = false;
  std::vector<RefusedFile> refused;  ///< Recordings that could not be opened; others could.
  /// What became of the packets of a live source so far; null where there are none.
  std::function<std::optional<PacketReport>()> packets;
};

/// @param session  Of the events.
RunSummary begin_summary(BeamSearches beams, const Settings& settings, const Results& results,
                         const std::string& session, const RunKind& kind);

/// Status, reason and counts of the run and of each beam, and what became of each file.
/// @param kind    A recording that could not be opened makes the run a failed one.
/// @param error   Of the run as a whole; null if it has none. Those of beams are asked for.
/// @param signal  0 if none ended it early.
/// @return The first error, of the run, of a beam, or of a recording; null if there is none.
std::exception_ptr finish_summary(RunSummary& summary, BeamSearches beams, const Results& results,
                                  const RunKind& kind, const std::exception_ptr& error, int signal);

/// What subscribers are told at the beginning and at the end.
StatusReport status_report(const RunSummary& summary);

/// What they are told in between.
StatusReport running_report(BeamSearches beams, const Results& results);

/// A few log lines: how it went, the ledger, where the results are.
void log_summary(const RunSummary& summary, const Results& results,
                 const std::filesystem::path& folder);

}  // namespace draftstream
