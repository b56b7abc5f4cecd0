// The record of runs in a journal: how they ended, and what was missed.
#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "publishers/iso8601.hpp"
#include "publishers/journal/journal.hpp"
#include "publishers/journal/journal_keeper.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::TemporaryFolder;

namespace {

const UtcInstant start{58225, 47911.5};
const std::string url = "udp+chime://127.0.0.1:5000";

ObservationStart observation(const UtcInstant& begins, const std::string& source = url) {
  return {"live", source, "obs_0002", "parkes-x-b0007", begins, Seconds{0.25}};
}

BeamLedger beam(int number, std::uint64_t searched) {
  BeamLedger beam;
  beam.beam = number;
  beam.samples_received = searched + 10;
  beam.samples_searched = searched;
  beam.ledger.expect(searched);
  beam.ledger.count(Fate::searched, searched - 3);
  beam.ledger.count(Fate::missing, 3);
  return beam;
}

// The first column of each row.
std::vector<std::string> column(const std::string& path, const std::string& query) {
  const SQLite::Database database{path, SQLite::OPEN_READONLY};
  SQLite::Statement statement{database, query};
  std::vector<std::string> values;
  while (statement.executeStep()) {
    const auto value = statement.getColumn(0);
    values.push_back(value.isNull() ? "null" : value.getString());
  }
  return values;
}

void execute(const std::string& path, const std::string& statements) {
  SQLite::Database{path, SQLite::OPEN_READWRITE, 10'000}.exec(statements);
}

using Texts = std::vector<std::string>;

// A process that begins an observation and vanishes 100 samples later: its files are copied while
// it writes.
void vanish(const std::string& path) {
  Journal journal{path + ".before", Existing::append, {"gone", "parkes/bpsr/1", {}}};
  const auto begun = journal.begin_observation(observation(start));
  const BeamLedger beams[] = {beam(7, 120), beam(9, 100)};
  journal.note_progress(begun.number, beams);
  for (const char* end : {"", "-wal"}) {
    std::filesystem::copy_file(path + ".before" + end, path + end);
  }
}

}  // namespace

TEST_CASE("a run that ends says how", "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  Journal journal{path, Existing::append, {test::session_a, "parkes/bpsr/1", {}}};
  const auto begun = journal.begin_observation(observation(start));
  CHECK(begun.number == 1);
  CHECK_FALSE(begun.before.has_value());
  CHECK(column(path, "SELECT status FROM observations") == Texts{"running"});
  const BeamLedger early[] = {beam(7, 50)};
  journal.note_progress(begun.number, early);
  const BeamLedger late[] = {beam(7, 400)};
  journal.end_observation(begun.number, {"interrupted", "SIGTERM arrived"}, late);
  StatusReport status;
  status.state = "waiting";
  status.result = "interrupted";
  status.reason = "SIGTERM arrived";
  status.obs_id = "parkes-x-b0007";
  status.candidates = 4;
  journal.note_status(status);
  journal.end_session("ended");
  CHECK(column(path, "SELECT status || '/' || reason FROM observations") ==
        Texts{"interrupted/SIGTERM arrived"});
  CHECK(column(path, "SELECT start_utc FROM observations") == Texts{format_iso8601(start)});
  CHECK(column(path,
               "SELECT expected - searched - masked - missing - late - invalid - overrun"
               " FROM ledgers") == Texts{"0"});
  CHECK(column(path, "SELECT samples_searched FROM ledgers") == Texts{"400"});
  CHECK(column(path, "SELECT state || '/' || result || '/' || candidates FROM statuses") ==
        Texts{"waiting/interrupted/4"});
  CHECK(column(path, "SELECT state FROM sessions WHERE ended_utc IS NOT NULL") == Texts{"ended"});

  const Journal next{path, Existing::append, {test::session_b, "parkes/bpsr/1", {}}};
  CHECK(column(path, "SELECT state FROM sessions ORDER BY session") == Texts{"ended", "running"});
  CHECK(column(path, "SELECT status FROM observations") == Texts{"interrupted"});
}

TEST_CASE("a session that nobody ended failed", "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  { const Journal journal{path, Existing::append, {"one", "parkes/bpsr/1", {}}}; }
  CHECK(column(path, "SELECT state FROM sessions") == Texts{"failed"});
}

TEST_CASE("a run that vanished says what was missed until the next one", "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  vanish(path);
  Journal journal{path, Existing::append, {test::session_b, "parkes/bpsr/1", {}}};
  CHECK(column(path, "SELECT state FROM sessions WHERE session = 'gone'") == Texts{"vanished"});
  CHECK(column(path, "SELECT status FROM observations") == Texts{"vanished"});
  CHECK(column(path, "SELECT missed_samples FROM observations") == Texts{"null"});

  // The beam that was farthest behind had searched 25 s.
  const auto begun = journal.begin_observation(observation(start + Seconds{35.0}));
  REQUIRE(begun.before.has_value());
  CHECK(begun.before->obs_id == "parkes-x-b0007");
  CHECK(begun.before->samples_searched == 100);
  CHECK(begun.before->missed_samples == 40U);
  CHECK(begun.before->missed_s == Approx(10.0));
  CHECK(column(path, "SELECT missed_samples FROM observations ORDER BY observation") ==
        Texts{"40", "null"});
  journal.end_observation(begun.number, {"complete", ""}, {});
  CHECK_FALSE(journal.begin_observation(observation(start + Seconds{99.0})).before.has_value());
}

TEST_CASE("what the stream's clock does not tell is not made up", "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  vanish(path);
  Journal journal{path, Existing::append, {test::session_b, "parkes/bpsr/1", {}}};
  const bool other_source = GENERATE(true, false);
  const auto begun = journal.begin_observation(
      other_source ? observation(start + Seconds{35.0}, "dada:dada") : observation(start));
  REQUIRE(begun.before.has_value());
  CHECK(begun.before->samples_searched == 100);
  CHECK_FALSE(begun.before->missed_samples.has_value());
  CHECK(column(path, "SELECT missed_samples FROM observations WHERE status = 'vanished'") ==
        Texts{"null"});
}

TEST_CASE("old runs go with old events", "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  vanish(path);
  Journal journal{path, Existing::append, {test::session_b, "parkes/bpsr/1", {}}};
  const auto begun = journal.begin_observation(observation(start));
  const BeamLedger beams[] = {beam(7, 50)};
  journal.note_progress(begun.number, beams);
  journal.note_status({});
  CHECK(journal.trim({Seconds{3600.0}, 1'000'000'000}) == 0);
  CHECK(column(path, "SELECT count(*) FROM ledgers") == Texts{"3"});
  CHECK(journal.trim({Seconds{0.0}, 1'000'000'000}) == 3);  // observation, session, status
  CHECK(journal.trim({Seconds{0.0}, 1'000'000'000}) == 0);
  CHECK(column(path, "SELECT status FROM observations") == Texts{"running"});
  CHECK(column(path, "SELECT state FROM sessions") == Texts{"running"});
  CHECK(column(path, "SELECT count(*) FROM ledgers") == Texts{"1"});
  CHECK(column(path, "SELECT count(*) FROM statuses") == Texts{"0"});
}

TEST_CASE("a long run is as old as its end, or as what was last heard of it",
          "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  const bool vanishes = GENERATE(false, true);
  if (vanishes) {
    vanish(path);
  } else {
    Journal journal{path, Existing::append, {test::session_a, "parkes/bpsr/1", {}}};
    const auto begun = journal.begin_observation(observation(start));
    journal.end_observation(begun.number, {"complete", ""}, {});
    journal.end_session("ended");
  }
  Journal journal{path, Existing::append, {test::session_b, "parkes/bpsr/1", {}}};
  execute(path,
          "UPDATE sessions SET started_utc = '2020-01-01T00:00:00.000000000Z'"
          " WHERE state != 'running';"
          "UPDATE observations SET began_utc = '2020-01-01T00:00:00.000000000Z'");
  CHECK(journal.trim({Seconds{3600.0}, 1'000'000'000}) == 0);
  CHECK(column(path, "SELECT count(*) FROM observations") == Texts{"1"});
  CHECK(column(path, "SELECT count(*) FROM sessions") == Texts{"2"});
  CHECK(journal.trim({Seconds{0.0}, 1'000'000'000}) == 2);
  CHECK(column(path, "SELECT state FROM sessions") == Texts{"running"});
}

TEST_CASE("a run stays as long as any of its events", "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  const auto tell = [](Journal& journal, std::uint64_t events) {
    const auto begun = journal.begin_observation(observation(start));
    for (std::uint64_t i = 0; i < events; ++i) {
      Event event = test::sample_event(journal.last_seq() + 1);
      event.created = utc_now();
      journal.append(event);
    }
    journal.end_observation(begun.number, {"complete", ""}, {});
    journal.end_session("ended");
  };
  {
    Journal journal{path, Existing::append, {"one", "parkes/bpsr/1", {}}};
    tell(journal, 100);
  }
  {
    Journal journal{path, Existing::append, {"two", "parkes/bpsr/1", {}}};
    tell(journal, 300);
  }
  Journal journal{path, Existing::append, {"three", "parkes/bpsr/1", {}}};
  JournalRetention nothing;
  nothing.most_bytes = 0;
  CHECK(journal.trim(nothing) == 256 + 2);  // with all of the first run
  CHECK(column(path, "SELECT session FROM observations") == Texts{"two"});
  CHECK(column(path, "SELECT session FROM sessions ORDER BY started_utc") == Texts{"two", "three"});
  CHECK(journal.trim(nothing) == 144 + 2);
  CHECK(column(path, "SELECT session FROM sessions") == Texts{"three"});
  CHECK(journal.trim(nothing) == 0);
}

TEST_CASE("runs that told nothing do not fill the disk", "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  Journal journal{path, Existing::append, {test::session_a, "parkes/bpsr/1", {}}};
  for (int i = 0; i < 1000; ++i) {
    const auto begun = journal.begin_observation(observation(start));
    journal.note_status({});
    journal.end_observation(begun.number, {"complete", ""}, {});
  }
  JournalRetention rule;
  rule.most_bytes = 200'000;
  int pieces = 0;
  while (journal.trim(rule) > 0) REQUIRE(++pieces < 100);
  CHECK(pieces > 1);
  const auto left = std::stoi(column(path, "SELECT count(*) FROM observations").front());
  CHECK(left > 0);  // no more than needs be
  CHECK(left < 1000);
  CHECK(column(path, "SELECT max(observation) FROM observations") == Texts{"1000"});
}

TEST_CASE("a process that is soon gone keeps its journal in bounds, too", "[publishers][journal]") {
  const TemporaryFolder folder;
  Journal journal{folder.file("journal.sqlite"), Existing::append, {test::session_a, "a/b/1", {}}};
  for (std::uint64_t seq = 1; seq <= 20; ++seq) {
    Event event = test::sample_event(seq);
    event.created = utc_now() + Seconds{-7200.0};
    journal.append(event);
  }
  { const JournalKeeper keeper{journal, {Seconds{3600.0}}, std::chrono::hours{1}, {}}; }
  CHECK(journal.first_seq() == 21);
}
