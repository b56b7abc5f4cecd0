// journal.sqlite: events that survive, numbers that go on, files that are damaged.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "ingest/errors.hpp"
#include "publishers/iso8601.hpp"
#include "publishers/journal/journal.hpp"
#include "publishers/journal/journal_keeper.hpp"
#include "publishers/journal/journal_query.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::sample_event;
using test::TemporaryFolder;

namespace {

const JournalSession first_session{test::session_a, "parkes/bpsr/1", {}};
const JournalSession second_session{test::session_b, "parkes/bpsr/1", {}};

Journal open(const std::string& path, const JournalSession& session = first_session,
             Journal::Warned warned = {}) {
  return Journal{path, Existing::append, session, std::move(warned)};
}

std::string append_next(Journal& journal) {
  return journal.append(sample_event(journal.last_seq() + 1));
}

std::vector<std::string> append_many(Journal& journal, int count) {
  std::vector<std::string> events;
  for (int i = 0; i < count; ++i) events.push_back(append_next(journal));
  return events;
}

std::vector<std::string> all_of(const Journal& journal) {
  return journal.read(0, UINT64_MAX, SIZE_MAX);
}

std::vector<std::uint64_t> numbers(const std::string& path, const JournalFilter& filter = {}) {
  std::vector<std::uint64_t> found;
  query_journal(path, filter,
                [&](const std::string& json) { found.push_back(parse_event(json).seq); });
  return found;
}

std::vector<std::uint64_t> from_to(std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t seq = from; seq <= to; ++seq) all.push_back(seq);
  return all;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void write_at(const std::string& path, std::size_t offset, const std::string& bytes) {
  std::fstream file{path, std::ios::binary | std::ios::in | std::ios::out};
  file.seekp(static_cast<std::streamoff>(offset));
  file << bytes;
}

// What a process that is killed now would leave.
void copy_as_left(const TemporaryFolder& folder, const std::string& from, const std::string& to) {
  for (const char* end : {"", "-wal"}) {
    std::filesystem::copy_file(folder.file(from) + end, folder.file(to) + end,
                               std::filesystem::copy_options::overwrite_existing);
  }
  std::filesystem::remove(folder.file(to) + "-shm");
}

std::size_t set_aside(const TemporaryFolder& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{folder.path()}) {
    const std::string name = entry.path().filename().string();
    const bool is_main =
        name.find("-wal") == std::string::npos && name.find("-shm") == std::string::npos;
    if (is_main && name.find("journal.sqlite.damaged-") == 0) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("events are kept and read back by number", "[publishers][journal]") {
  const TemporaryFolder folder;
  Journal journal = open(folder.file("journal.sqlite"));
  CHECK(journal.last_seq() == 0);
  CHECK(journal.first_seq() == 1);
  CHECK(all_of(journal).empty());
  const auto events = append_many(journal, 100);
  CHECK_NOTHROW(journal.sync());
  CHECK(journal.last_seq() == 100);
  CHECK(all_of(journal) == events);
  for (const std::uint64_t from : {1U, 2U, 50U, 100U, 101U}) {
    for (const std::uint64_t wanted : {0U, 1U, 2U, 70U, 1000U}) {
      const auto begin = events.begin() + static_cast<std::ptrdiff_t>(from - 1);
      const auto count = std::min<std::uint64_t>(wanted, 101 - from);
      CAPTURE(from, wanted);
      CHECK(journal.read(from, from + wanted - 1, 1000) ==
            std::vector<std::string>(begin, begin + static_cast<std::ptrdiff_t>(count)));
    }
  }
  CHECK(journal.read(1, 100, 7).size() == 7);
  CHECK(journal.read(1, 100, 0).empty());
}

TEST_CASE("a number that leaves a hole is our fault", "[publishers][journal]") {
  const TemporaryFolder folder;
  Journal journal = open(folder.file("journal.sqlite"));
  CHECK_THROWS_AS(journal.append(sample_event(2)), std::logic_error);
  journal.append(sample_event(1));
  CHECK_THROWS_AS(journal.append(sample_event(1)), std::logic_error);
  CHECK_THROWS_AS(journal.append(sample_event(3)), std::logic_error);
  CHECK(journal.last_seq() == 1);
  CHECK(all_of(journal).size() == 1);
}

TEST_CASE("numbers go on in the next session, or begin anew in another journal",
          "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  std::vector<std::string> events;
  std::string id;
  {
    Journal journal = open(path);
    id = journal.id();
    events = append_many(journal, 5);
  }
  {
    Journal journal = open(path, second_session);
    CHECK(journal.id() == id);
    CHECK(journal.last_seq() == 5);
    events.push_back(append_next(journal));
    CHECK(all_of(journal) == events);
  }
  const Journal journal{path, Existing::replace, second_session};
  CHECK(journal.id() != id);
  CHECK(journal.last_seq() == 0);
  CHECK(all_of(journal).empty());
}

TEST_CASE("whenever its writer is killed, a journal holds all that was appended",
          "[publishers][journal][property]") {
  std::mt19937 random{20180417};
  const TemporaryFolder folder;
  std::vector<std::string> events;
  std::string id;
  for (int session = 0; session < 12; ++session) {
    Journal journal = open(folder.file("journal.sqlite"),
                           {"session " + std::to_string(session), "parkes/bpsr/1", {}});
    if (session == 0) id = journal.id();
    REQUIRE(journal.id() == id);
    REQUIRE(all_of(journal) == events);
    for (auto steps = random() % 40; steps > 0; --steps) {
      switch (random() % 5) {
        case 0:
          journal.sync();
          break;
        case 1:
          journal.checkpoint();
          break;
        default:
          events.push_back(append_next(journal));
      }
    }
    copy_as_left(folder, "journal.sqlite", "left.sqlite");
    CHECK(numbers(folder.file("left.sqlite")) == from_to(1, events.size()));
    if (random() % 2 == 0) continue;  // closed
    // Killed: what is left is what the next one finds.
    copy_as_left(folder, "journal.sqlite", "next.sqlite");
    Journal next = open(folder.file("next.sqlite"), second_session);
    CHECK(all_of(next) == events);
    CHECK(next.last_seq() == events.size());
    append_next(next);
    CHECK(next.last_seq() == events.size() + 1);
  }
  CHECK(events.size() > 50);
}

TEST_CASE("a journal is read while it is written", "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  Journal journal = open(path);
  const JournalKeeper keeper{journal, {}, std::chrono::milliseconds{1}, {}};
  std::atomic<std::uint64_t> appended = 0;
  constexpr std::uint64_t count = 400;
  std::jthread writer{[&] {
    for (std::uint64_t seq = 1; seq <= count; ++seq) {
      append_next(journal);
      if (seq % 7 == 0) journal.sync();
      appended = seq;
    }
  }};
  std::size_t last = 0;
  while (last < count) {
    const std::uint64_t before = appended;
    const auto found = numbers(path);
    REQUIRE(found.size() >= before);
    REQUIRE(found.size() >= last);
    REQUIRE(found == from_to(1, found.size()));
    last = found.size();
    CHECK(journal.read(1, before, SIZE_MAX).size() == before);
  }
}

TEST_CASE("what is damaged is moved aside, and a new journal begun", "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  std::string id;
  {
    Journal journal = open(path);
    id = journal.id();
    append_many(journal, 300);
  }
  std::string fault = "found file is not a database";
  SECTION("its beginning is overwritten") {
    write_at(path, 0, std::string(100, 'x'));
  }
  SECTION("a page of its tables is") {
    write_at(path, 4096, std::string(4096, 'x'));
    fault = "malformed";
  }
  SECTION("half of it is gone") {
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
    fault = "malformed";
  }
  SECTION("another program's database") {
    write_at(path, 68, "abcd");
    fault = "found a database of another program";
  }
  const std::string before = bytes_of(path);
  std::vector<std::string> warnings;
  Journal journal =
      open(path, second_session, [&](const std::string& text) { warnings.push_back(text); });
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], ContainsSubstring(fault) &&
                              ContainsSubstring("journal.sqlite.damaged-") &&
                              ContainsSubstring("begins with event 1"));
  CHECK(set_aside(folder) == 1);
  CHECK(journal.id() != id);
  CHECK(journal.last_seq() == 0);
  append_next(journal);
  CHECK(numbers(path) == from_to(1, 1));
  for (const auto& entry : std::filesystem::directory_iterator{folder.path()}) {
    const std::string name = entry.path().string();
    if (name.find("damaged") != std::string::npos && name.find("-wal") == std::string::npos &&
        name.find("-shm") == std::string::npos) {
      CHECK(bytes_of(name) == before);
    }
  }
}

TEST_CASE("damage that shows while it is written costs no number", "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  std::vector<std::string> warnings;
  Journal journal =
      open(path, first_session, [&](const std::string& text) { warnings.push_back(text); });
  const std::string id = journal.id();
  append_many(journal, 1500);  // more than SQLite keeps in memory
  journal.checkpoint();
  const auto size = std::filesystem::file_size(path);
  REQUIRE(size > 3'000'000);
  write_at(path, 4096, std::string(size - 4096, 'x'));
  journal.note_status({});
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], ContainsSubstring("begins with event 1501"));
  CHECK(set_aside(folder) == 1);
  CHECK(journal.id() == id);
  CHECK(journal.first_seq() == 1501);
  CHECK(journal.last_seq() == 1500);
  const std::string event = append_next(journal);
  CHECK_NOTHROW(journal.sync());
  CHECK(all_of(journal) == std::vector<std::string>{event});
  CHECK(numbers(path) == from_to(1501, 1501));
}

TEST_CASE("whatever of a file is left, it is a journal or moved aside",
          "[publishers][journal][property]") {
  const TemporaryFolder folder;
  {
    Journal journal = open(folder.file("whole.sqlite"));
    append_many(journal, 40);
  }
  const auto size = std::filesystem::file_size(folder.file("whole.sqlite"));
  for (std::uintmax_t length = 0; length < size; length += length < 200 ? 1 : 1777) {
    CAPTURE(length);
    const std::string path = folder.file("part.sqlite");
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end);
    std::filesystem::copy_file(folder.file("whole.sqlite"), path);
    std::filesystem::resize_file(path, length);
    std::size_t warned = 0;
    Journal journal = open(path, second_session, [&](const std::string&) { ++warned; });
    append_next(journal);
    const std::size_t events = all_of(journal).size();
    CHECK(events == journal.last_seq());
    // It may do without its last pages, and a byte is none yet.
    const bool is_whole = events == 41 && length > size - 8192;
    if (warned == 0) CHECK((is_whole || length <= 1));
    if (warned > 0) CHECK(events == 1);
  }
}

TEST_CASE("a journal is replaced, another program's file is not", "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  {
    Journal journal = open(path);
    append_many(journal, 3);
  }
  CHECK(Journal(path, Existing::replace, second_session).last_seq() == 0);
  CHECK(set_aside(folder) == 0);
  std::filesystem::remove(path);
  std::ofstream{path} << "mine";
  CHECK(Journal(path, Existing::replace, second_session).last_seq() == 0);
  CHECK(set_aside(folder) == 1);
}

TEST_CASE("a journal of a newer version is refused and left alone", "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  {
    Journal journal = open(path);
    append_many(journal, 3);
  }
  write_at(path, 60, std::string("\0\0\0\2", 4));  // PRAGMA user_version
  const std::string before = bytes_of(path);
  CHECK_THROWS_AS(open(path, second_session), ConfigError);
  CHECK_THROWS_WITH(open(path, second_session),
                    ContainsSubstring("journal.sqlite: found a journal of version 2") &&
                        ContainsSubstring("expected version 1 at most"));
  CHECK(bytes_of(path) == before);
  CHECK(set_aside(folder) == 0);
  CHECK_THROWS_AS(numbers(path), InputError);
}

TEST_CASE("a journal that cannot be made is an error that names it", "[publishers][journal]") {
  CHECK_THROWS_WITH(open("/nonexistent/journal.sqlite"),
                    ContainsSubstring("/nonexistent/journal.sqlite"));
}

TEST_CASE("what is too much or too old is removed from the beginning", "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  Journal journal = open(path);
  SECTION("by size, piece by piece") {
    append_many(journal, 2000);
    JournalRetention rule;
    rule.most_bytes = 2'000'000;
    std::size_t removed = 0;
    int pieces = 0;
    while (const std::size_t some = journal.trim(rule)) {
      removed += some;
      ++pieces;
      CHECK(some <= 256);
      CHECK(journal.first_seq() == removed + 1);
    }
    CHECK(pieces > 3);
    const auto left = numbers(path);
    CHECK(left == from_to(removed + 1, 2000));
    CHECK(left.size() > 256);  // no more than needs be
    CHECK(journal.read(1, 2000, 10).size() == 10);
    CHECK(parse_event(journal.read(1, 2000, 10).front()).seq == removed + 1);
    // What is free is used again.
    journal.checkpoint();
    const auto size = std::filesystem::file_size(path);
    append_many(journal, 300);
    journal.checkpoint();
    CHECK(std::filesystem::file_size(path) == size);
  }
  SECTION("by age, to the last one, whose number is remembered") {
    for (std::uint64_t seq = 1; seq <= 20; ++seq) {
      Event event = sample_event(seq);
      event.created = utc_now() + Seconds{-3600.0 * static_cast<double>(21 - seq)};
      journal.append(event);
    }
    JournalRetention rule;
    rule.age = Seconds{3600.0 * 5.5};
    CHECK(journal.trim(rule) == 15);
    CHECK(journal.trim(rule) == 0);
    CHECK(numbers(path) == from_to(16, 20));
    rule.age = Seconds{0.0};
    CHECK(journal.trim(rule) == 5);
    CHECK(journal.first_seq() == 21);
    CHECK(open(path, second_session).last_seq() == 20);
  }
  SECTION("nothing that is to be kept") {
    append_many(journal, 20);
    CHECK(journal.trim({Seconds{1e6}, 1'000'000'000}) == 0);
    CHECK(numbers(path).size() == 20);
  }
}

TEST_CASE("its keeper holds a journal in bounds while it is written", "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  Journal journal = open(path);
  const JournalKeeper keeper{journal, {std::nullopt, 1'000'000}, std::chrono::milliseconds{1}, {}};
  std::uint64_t appended = 0;
  while (journal.first_seq() < 1000) {
    append_next(journal);
    REQUIRE(++appended < 1'000'000);
  }
  REQUIRE(test::eventually([&] {
    const auto kept = journal.last_seq() + 1 - journal.first_seq();
    return kept < 600 && std::filesystem::file_size(path) < 30'000'000;
  }));
  CHECK(all_of(journal).size() == journal.last_seq() + 1 - journal.first_seq());
}

TEST_CASE("events are looked up", "[publishers][journal][journal_query]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  Journal journal = open(path);
  for (std::uint64_t seq = 1; seq <= 10; ++seq) {
    Event event = sample_event(seq);  // S/N 8 + seq / 10
    event.classifier.label = seq % 2 == 0 ? "burst" : "interference";
    journal.append(event);
  }
  JournalFilter filter;
  SECTION("after a number") {
    filter.after_seq = 7;
    CHECK(numbers(path, filter) == from_to(8, 10));
  }
  SECTION("from an arrival on") {
    filter.toa_from = sample_event(4).time.toa;
    CHECK(numbers(path, filter) == from_to(4, 10));
    filter.toa_from = *filter.toa_from + Seconds{0.001};
    CHECK(numbers(path, filter) == from_to(5, 10));
  }
  SECTION("from an S/N on") {
    filter.min_snr = sample_event(9).signal.snr;
    CHECK(numbers(path, filter) == from_to(9, 10));
  }
  SECTION("by label, and all at once") {
    filter.label = "burst";
    CHECK(numbers(path, filter) == std::vector<std::uint64_t>{2, 4, 6, 8, 10});
    filter.after_seq = 2;
    filter.min_snr = 8.6;
    CHECK(numbers(path, filter) == std::vector<std::uint64_t>{6, 8, 10});
    filter.label = "x' OR 1=1 --";
    CHECK(numbers(path, filter).empty());
  }
}

TEST_CASE("what is no journal is not looked up in", "[publishers][journal][journal_query]") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(numbers(folder.file("none.sqlite")), MissingInput);
  CHECK_FALSE(std::filesystem::exists(folder.file("none.sqlite")));
  std::ofstream{folder.file("text.sqlite")} << "some text that is longer than a header of SQLite"
                                            << std::string(1000, 'x');
  CHECK_THROWS_AS(numbers(folder.file("text.sqlite")), InputError);
  std::ofstream{folder.file("empty.sqlite")};
  CHECK_THROWS_AS(numbers(folder.file("empty.sqlite")), InputError);
}
