// Private to publishers/journal/: the record of runs beside the events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "publishers/journal/journal.hpp"
#include "publishers/journal/journal_database.hpp"

namespace draftstream {

// All of these throw SQLite::Exception, and leave the tables as they were then.

/// Begins a session; those that had not ended have vanished.
void begin_session(SQLite::Database& database, const JournalSession& session,
                   std::uint64_t first_seq);
void end_session(SQLite::Database& database, std::string_view state);

/// Of the session that is running.
BegunObservation begin_observation(SQLite::Database& database, const ObservationStart& start);
void note_ledgers(SQLite::Database& database, std::int64_t observation,
                  std::span<const BeamLedger> beams);
void end_observation(SQLite::Database& database, std::int64_t observation,
                     const ObservationEnd& end, std::span<const BeamLedger> beams);
void note_status(SQLite::Database& database, const StatusReport& report, std::uint64_t last_seq);

/// Removes some statuses from before `horizon`, and runs and sessions that ended before it; none
/// that is not older than the oldest event.
/// @return Rows removed, ledgers not counted.
std::size_t forget_runs(SQLite::Database& database, const std::string& horizon);

}  // namespace draftstream
