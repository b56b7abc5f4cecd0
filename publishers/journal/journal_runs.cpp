#include "publishers/journal/journal_runs.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "publishers/iso8601.hpp"

namespace draftstream {
namespace {

constexpr int piece = 256;  // rows of a table removed at once

std::optional<std::string> known(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional{text};
}

std::string now() {
  return format_iso8601(utc_now());
}

// An observation that vanished, with its place in time.
struct Vanished {
  VanishedObservation told;
  std::int64_t number = 0;
  std::optional<UtcInstant> searched_to;  // empty: of another source
  Seconds sample_time;
};

// The observation before this one, if it vanished.
std::optional<Vanished> vanished_before(SQLite::Database& database, std::int64_t observation,
                                        const std::optional<std::string>& source) {
  SQLite::Statement query{database,
                          "SELECT observation, obs_id, start_utc, tsamp_s, source IS ?,"
                          " (SELECT ifnull(min(samples_searched), 0) FROM ledgers"
                          "  WHERE ledgers.observation = observations.observation)"
                          " FROM observations WHERE status = 'vanished' AND observation ="
                          " (SELECT max(observation) FROM observations WHERE observation < ?)"};
  bound(query, source, observation);
  if (!query.executeStep()) return std::nullopt;
  Vanished vanished;
  vanished.number = query.getColumn(0).getInt64();
  vanished.told.obs_id = query.getColumn(1).getString();
  vanished.sample_time = Seconds{query.getColumn(3).getDouble()};
  vanished.told.samples_searched = static_cast<std::uint64_t>(query.getColumn(5).getInt64());
  const auto start = parse_iso8601(query.getColumn(2).getString());
  if (start && query.getColumn(4).getInt() != 0) {
    const TimeAxis clock{*start, vanished.sample_time};
    vanished.searched_to = clock.instant(static_cast<double>(vanished.told.samples_searched));
  }
  return vanished;
}

// Now that another one begins at `start`, it is known what was missed.
void account_for(SQLite::Database& database, Vanished& vanished, const UtcInstant& start) {
  if (!vanished.searched_to) return;
  const double missed_s = (start - *vanished.searched_to).value();
  if (missed_s < 0.0) return;  // the stream's clock went back: it does not tell
  vanished.told.missed_s = missed_s;
  vanished.told.missed_samples =
      static_cast<std::uint64_t>(std::llround(missed_s / vanished.sample_time.value()));
  SQLite::Statement note{
      database, "UPDATE observations SET missed_samples = ?, missed_s = ? WHERE observation = ?"};
  run(note, vanished.told.missed_samples, missed_s, vanished.number);
}

}  // namespace

void begin_session(SQLite::Database& database, const JournalSession& session,
                   std::uint64_t first_seq) {
  SQLite::Transaction transaction{database};
  database.exec(
      "UPDATE sessions SET state = 'vanished' WHERE state = 'running';"
      "UPDATE observations SET status = 'vanished',"
      " reason = 'its process ended without a word' WHERE status = 'running'");
  SQLite::Statement begin{database,
                          "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, NULL, 'running', ?)"};
  run(begin, session.session, session.publisher, session.software.version, session.software.commit,
      now(), first_seq);
  transaction.commit();
}

void end_session(SQLite::Database& database, std::string_view state) {
  SQLite::Statement note{database,
                         "UPDATE sessions SET ended_utc = ?, state = ? WHERE state = 'running'"};
  run(note, now(), std::string{state});
}

BegunObservation begin_observation(SQLite::Database& database, const ObservationStart& start) {
  SQLite::Transaction transaction{database};
  SQLite::Statement begin{
      database,
      "INSERT INTO observations (session, command, source, folder, obs_id, start_utc, tsamp_s,"
      " began_utc, status) SELECT session, ?, ?, ?, ?, ?, ?, ?, 'running' FROM sessions"
      " WHERE state = 'running'"};
  const auto source = known(start.source);
  run(begin, start.command, source, start.folder, start.obs_id, format_iso8601(start.start),
      start.sample_time.value(), now());
  BegunObservation begun;
  begun.number = database.getLastInsertRowid();
  if (auto vanished = vanished_before(database, begun.number, source)) {
    account_for(database, *vanished, start.start);
    begun.before = vanished->told;
  }
  transaction.commit();
  return begun;
}

void note_ledgers(SQLite::Database& database, std::int64_t observation,
                  std::span<const BeamLedger> beams) {
  SQLite::Transaction transaction{database};
  SQLite::Statement note{database,
                         "REPLACE INTO ledgers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
  const std::string noted = now();
  int place = 0;
  for (const BeamLedger& beam : beams) {
    const Ledger& ledger = beam.ledger;
    run(note, observation, place++, beam.beam, noted, beam.samples_received, beam.samples_searched,
        ledger.expected(), ledger[Fate::searched], ledger[Fate::masked], ledger[Fate::missing],
        ledger[Fate::late], ledger[Fate::invalid], ledger[Fate::overrun]);
  }
  transaction.commit();
}

void end_observation(SQLite::Database& database, std::int64_t observation,
                     const ObservationEnd& end, std::span<const BeamLedger> beams) {
  note_ledgers(database, observation, beams);
  SQLite::Statement note{database,
                         "UPDATE observations SET ended_utc = ?, status = ?, reason = ?"
                         " WHERE observation = ?"};
  run(note, now(), end.status, known(end.reason), observation);
}

void note_status(SQLite::Database& database, const StatusReport& report, std::uint64_t last_seq) {
  SQLite::Statement note{
      database,
      "INSERT INTO statuses (session, created_utc, last_seq, state, result, reason, obs_id,"
      " candidates, candidates_dropped) SELECT session, ?, ?, ?, ?, ?, ?, ?, ? FROM sessions"
      " WHERE state = 'running'"};
  run(note, now(), last_seq, report.state, known(report.result), known(report.reason),
      known(report.obs_id), report.candidates, report.candidates_dropped);
}

std::size_t forget_runs(SQLite::Database& database, const std::string& horizon) {
  std::string before = horizon;
  std::optional<std::string> oldest_session;  // with events that are kept
  SQLite::Statement oldest{database,
                           "SELECT created_utc, session FROM events ORDER BY seq LIMIT 1"};
  if (oldest.executeStep()) {
    before = std::min(before, oldest.getColumn(0).getString());
    oldest_session = oldest.getColumn(1).getString();
  }
  oldest.reset();
  // One that vanished was last heard of when its ledgers, or a status, were noted; what it told
  // after that is of the session it belongs to.
  std::size_t rows = 0;
  for (const char* query : {
           "DELETE FROM statuses WHERE number IN (SELECT number FROM statuses"
           " WHERE created_utc < ?1 ORDER BY number LIMIT ?3)",
           "DELETE FROM observations WHERE observation IN (SELECT observation FROM observations"
           " WHERE status != 'running' AND (ended_utc IS NOT NULL OR session IS NOT ?2)"
           " AND coalesce(ended_utc, (SELECT max(noted_utc) FROM ledgers"
           "  WHERE ledgers.observation = observations.observation), began_utc) < ?1"
           " ORDER BY observation LIMIT ?3)",
           "DELETE FROM sessions WHERE session IN (SELECT session FROM sessions"
           " WHERE state != 'running' AND (ended_utc IS NOT NULL OR session IS NOT ?2)"
           " AND session NOT IN (SELECT session FROM observations)"
           " AND coalesce(ended_utc, (SELECT max(created_utc) FROM statuses"
           "  WHERE statuses.session = sessions.session), started_utc) < ?1"
           " ORDER BY started_utc LIMIT ?3)",
       }) {
    SQLite::Statement statement{database, query};
    statement.bind(1, before);
    bind_value(statement, 2, oldest_session);
    statement.bind(3, piece);
    rows += static_cast<std::size_t>(statement.exec());
  }
  if (rows > 0) {
    database.exec(
        "DELETE FROM ledgers WHERE observation NOT IN (SELECT observation FROM observations)");
  }
  return rows;
}

}  // namespace draftstream
