// A journal that gives its place to a new one, and takes it back if that does not begin.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "publishers/journal/earlier_journal.hpp"
#include "publishers/journal/journal.hpp"
#include "publishers/journal/journal_query.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file_content.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::TemporaryFolder;

namespace {

const JournalSession session{test::session_a, "parkes/bpsr/1", {}};
const std::string killed[] = {"journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"};

// A journal of so many events as a kill leaves it: the last of them are in its log alone.
void leave_journal(const TemporaryFolder& folder, std::uint64_t events) {
  const TemporaryFolder elsewhere;
  Journal journal{elsewhere.file("journal.sqlite"), Existing::append, session};
  for (std::uint64_t seq = 1; seq <= events; ++seq) (void)journal.append(test::sample_event(seq));
  journal.sync();
  for (const std::string& name : killed) {
    std::filesystem::copy_file(elsewhere.file(name), folder.file(name),
                               std::filesystem::copy_options::overwrite_existing);
  }
}

// One of so many events that was closed: it has no log.
void close_journal(const std::string& path, std::uint64_t events) {
  std::filesystem::remove(path);
  Journal journal{path, Existing::append, session};
  for (std::uint64_t seq = 1; seq <= events; ++seq) (void)journal.append(test::sample_event(seq));
}

std::size_t events_in(const std::string& path) {
  std::size_t count = 0;
  query_journal(path, {}, [&](const std::string&) { ++count; });
  return count;
}

std::vector<std::string> names_in(const TemporaryFolder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{folder.path()}) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("an earlier journal is in its place again unless the new one counts",
          "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  leave_journal(folder, 5);
  SECTION("nothing came") {
    { const EarlierJournal earlier{path}; }
    CHECK(events_in(path) == 5);
  }
  SECTION("a new one was begun, and is not to be") {
    {
      const EarlierJournal earlier{path};
      CHECK_FALSE(std::filesystem::exists(path));
      Journal journal{path, Existing::replace, session};
      (void)journal.append(test::sample_event(1));
    }
    CHECK(events_in(path) == 5);
  }
  SECTION("the new one counts") {
    {
      EarlierJournal earlier{path};
      Journal journal{path, Existing::replace, session};
      (void)journal.append(test::sample_event(1));
      earlier.forget();
    }
    CHECK(events_in(path) == 1);
  }
  for (const std::string& name : names_in(folder)) CHECK(name.find("earlier") == std::string::npos);
}

TEST_CASE("whatever the moment of a kill, the earlier journal is put back whole",
          "[publishers][journal][property]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  const auto kept = [&](std::size_t i) {
    return path + ".earlier" + killed[i].substr(killed[0].size());
  };
  leave_journal(folder, 5);
  const std::size_t moved = GENERATE(1U, 2U, 3U);
  CAPTURE(moved);
  for (std::size_t i = 0; i < moved; ++i) {
    std::filesystem::rename(folder.file(killed[i]), kept(i));
  }
  SECTION("while it was moved") {}
  SECTION("while the new one was there") {
    if (moved == 3) leave_journal(folder, 2);
  }
  SECTION("while the new one was removed") {
    // Its log goes first, so that none is left beside a journal that it is not of.
    if (moved == 3) {
      leave_journal(folder, 2);
      std::filesystem::remove(folder.file(killed[2]));
      std::filesystem::remove(folder.file(killed[1]));
    }
  }
  { const EarlierJournal earlier{path}; }
  CHECK(events_in(path) == 5);
}

TEST_CASE("what cannot be put back whole stays where it is", "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  leave_journal(folder, 5);
  for (const std::string& name : killed) {
    std::filesystem::rename(folder.file(name), path + ".earlier" + name.substr(killed[0].size()));
  }
  std::filesystem::create_directory(path + "-wal");
  CHECK_THROWS_AS(EarlierJournal{path}, std::filesystem::filesystem_error);
  std::filesystem::remove(path + "-wal");
  { const EarlierJournal earlier{path}; }
  CHECK(events_in(path) == 5);
}

TEST_CASE("what a kill leaves of a journal that was forgotten touches no other",
          "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  leave_journal(folder, 2);
  for (const char* end : {"-wal", "-shm"}) {
    std::filesystem::rename(path + end, path + ".earlier" + end);
  }
  close_journal(path, 5);
  { const EarlierJournal earlier{path}; }
  CHECK(names_in(folder) == std::vector<std::string>{"journal.sqlite"});
  CHECK(events_in(path) == 5);
}

TEST_CASE("the log of a new one goes with it", "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  close_journal(path + ".earlier", 5);
  leave_journal(folder, 2);
  { const EarlierJournal earlier{path}; }
  CHECK(names_in(folder) == std::vector<std::string>{"journal.sqlite"});
  CHECK(events_in(path) == 5);
}

TEST_CASE("what is no journal stays in its place", "[publishers][journal]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("journal.sqlite");
  {
    const EarlierJournal none{path};
    Journal journal{path, Existing::replace, session};
  }
  CHECK(names_in(folder).empty());
  std::ofstream{path} << "mine";
  EarlierJournal earlier{path};
  CHECK(test::content(path) == "mine");
  earlier.forget();
  CHECK(test::content(path) == "mine");
}
