// What a run says of itself when it begins and when it ends.
#pragma once

#include <exception>
#include <filesystem>
#include <optional>
#include <string>

#include "app/results.hpp"
#include "app/settings.hpp"
#include "engine/search.hpp"
#include "publishers/event_maker.hpp"
#include "publishers/status.hpp"
#include "publishers/summary.hpp"
#include "replay/recording.hpp"

namespace draftstream {

EventSoftware this_software();

RunSummary begin_summary(const Recording& recording, const Settings& settings,
                         const EventContext& context, const std::string& obs_id);

/// Status, reason, counts and what became of each file.
/// @param error   Null if it did not fail.
/// @param signal  0 if none ended it early.
void finish_summary(RunSummary& summary, const Search& search, const std::exception_ptr& error,
                    int signal);

/// What subscribers are told at the end.
StatusReport status_report(const RunSummary& summary);

/// Three log lines: how it went, the ledger, where the results are.
void log_summary(const RunSummary& summary, const std::optional<Strongest>& strongest,
                 const std::filesystem::path& folder);

}  // namespace draftstream
