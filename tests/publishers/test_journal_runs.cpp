// The record of runs in a journal: how they ended, and what was missed.
#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <string>
#include <vector>

#include "publishers/iso8601.hpp"
#include "publishers/journal/journal.hpp"
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
  CHECK(journal.trim({Seconds{0.0}, 1'000'000'000}) == 0);
  CHECK(column(path, "SELECT status FROM observations") == Texts{"running"});
  CHECK(column(path, "SELECT state FROM sessions") == Texts{"running"});
  CHECK(column(path, "SELECT count(*) FROM ledgers") == Texts{"1"});
  CHECK(column(path, "SELECT count(*) FROM statuses") == Texts{"0"});
}
