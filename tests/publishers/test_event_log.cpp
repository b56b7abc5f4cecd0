// candidates.jsonl: appended, read back by number, bounded in memory.
#include <fstream>
#include <sstream>
#include <system_error>

#include "publishers/event_log.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::sample_event;
using test::TemporaryFolder;

namespace {

std::string file_text(const std::string& path) {
  std::ifstream file{path};
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("the file holds one event a line, as returned", "[publishers][event_log]") {
  const TemporaryFolder folder;
  EventLog log{folder.file("candidates.jsonl")};
  CHECK(log.last_seq() == 0);
  std::string expected;
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    expected += log.append(sample_event(seq)) + "\n";
    CHECK(log.last_seq() == seq);
    CHECK(file_text(folder.file("candidates.jsonl")) == expected);  // before any sync
  }
  CHECK_NOTHROW(log.sync());
}

TEST_CASE("events are read back by number, however few places are known",
          "[publishers][event_log]") {
  const auto max_index =
      GENERATE(std::size_t{2}, std::size_t{3}, std::size_t{7}, std::size_t{1000});
  const std::uint64_t first = GENERATE(1U, 40U);
  constexpr std::uint64_t count = 100;
  CAPTURE(max_index, first);
  const TemporaryFolder folder;
  EventLog log{folder.file("candidates.jsonl"), Existing::replace, first, max_index};
  std::vector<std::string> events;
  for (std::uint64_t i = 0; i < count; ++i) {
    Event event = sample_event(first + i);
    event.observation.source_name = std::string((i * 7919) % 3000, 'x');  // lines of all lengths
    events.push_back(log.append(event));
  }

  for (std::uint64_t from = first; from < first + count; from += 3) {
    for (const std::uint64_t wanted : {1U, 2U, 50U, 1000U}) {
      const auto read = log.read(from, from + wanted - 1, 1000);
      const auto begin = static_cast<std::ptrdiff_t>(from - first);
      const auto end =
          static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(from - first + wanted, count));
      CHECK(read == std::vector<std::string>(events.begin() + begin, events.begin() + end));
    }
  }
  CHECK(log.read(first, first + count, 10).size() == 10);
  CHECK(log.read(0, 1'000'000, 1'000'000) == events);
  CHECK(log.read(0, UINT64_MAX, SIZE_MAX) == events);
  CHECK(log.read(first + count, first + count + 10, 10).empty());
  CHECK(log.read(first + 5, first + 4, 10).empty());
  CHECK(log.read(first, first, 0).empty());
}

TEST_CASE("a number that leaves a hole is our fault", "[publishers][event_log]") {
  const TemporaryFolder folder;
  EventLog log{folder.file("candidates.jsonl")};
  CHECK_THROWS_AS(log.append(sample_event(2)), std::logic_error);
  log.append(sample_event(1));
  CHECK_THROWS_AS(log.append(sample_event(1)), std::logic_error);
  CHECK_THROWS_AS(log.append(sample_event(3)), std::logic_error);
  CHECK(log.last_seq() == 1);
}

TEST_CASE("an old file is replaced or continued", "[publishers][event_log]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("candidates.jsonl");
  const std::string old = EventLog{path}.append(sample_event(1)) + "\n";
  {
    EventLog log{path, Existing::append, 2};
    const std::string added = log.append(sample_event(2));
    CHECK(file_text(path) == old + added + "\n");
    CHECK(log.read(1, 9, 9) == std::vector<std::string>{added});
  }
  const EventLog log{path, Existing::replace};
  CHECK(file_text(path).empty());
}

TEST_CASE("what cannot be written is refused by name and leaves nothing",
          "[publishers][event_log]") {
  CHECK_THROWS_WITH(EventLog{"/nonexistent/candidates.jsonl"},
                    ContainsSubstring("/nonexistent/candidates.jsonl"));
  EventLog full{"/dev/full", Existing::append};
  CHECK_THROWS_AS(full.append(sample_event(1)), std::system_error);
  CHECK(full.last_seq() == 0);
}

TEST_CASE("a file is replaced whole", "[publishers][append_file]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("summary.json");
  write_atomically(path, "first");
  CHECK(file_text(path) == "first");
  write_atomically(path, "2");
  CHECK(file_text(path) == "2");
  CHECK_FALSE(std::filesystem::exists(path + ".tmp"));
  CHECK_THROWS_AS(write_atomically("/nonexistent/summary.json", "x"), std::system_error);
}
