// One journal for a process, and looking things up in it. Runs the real executable.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/app/draftstream_program.hpp"
#include "tests/app/simulated_sky.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::content;
using test::lines;
using test::Program;
using test::TemporaryFolder;

namespace {

// 8 s of 64 channels with two bursts; 1 ms samples. Made once.
const std::string& sky() {
  static const test::SimulatedSky sky{{"--nchans", "64", "--tsamp", "1e-3", "--duration", "8",
                                       "--seed", "7", "--burst", "dm=300,t=2.5,width_ms=4,snr=25",
                                       "--burst", "dm=100,t=5,width_ms=4,snr=15"}};
  return sky.path();
}

std::vector<std::string> events(const std::string& folder, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"events", folder};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto result = test::run_draftstream(arguments);
  CAPTURE(result.err);
  CHECK(result.status == 0);
  return lines(result.out);
}

// Published ones of a replay of the sky, made once.
const std::string& replayed() {
  static const TemporaryFolder folder;
  static const bool is_made = [] {
    return test::run_draftstream({"replay", sky(), "-o", folder.file("out"), "--dm", "0:600",
                                  "--threshold", "6", "--no-networks", "--quiet"})
               .status == 0;
  }();
  REQUIRE(is_made);
  static const std::string out = folder.file("out");
  return out;
}

nlohmann::json summary_of(const std::string& folder) {
  return nlohmann::json::parse(content(folder + "/summary.json"), nullptr, false);
}

// Once it is; false if it does not become so.
bool is_complete(const std::string& folder) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{5};
  while (std::chrono::steady_clock::now() < deadline) {
    const auto summary = summary_of(folder);
    if (summary.is_object() && summary.at("status") == "complete") return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return false;
}

}  // namespace

TEST_CASE("events are looked up in an output folder", "[app][events][e2e]") {
  const auto all = lines(content(replayed() + "/candidates.jsonl"));
  REQUIRE(all.size() >= 2);
  CHECK(events(replayed(), {"--json"}) == all);
  CHECK(events(replayed() + "/journal.sqlite", {"--json"}) == all);

  const auto table = events(replayed());
  REQUIRE(table.size() == all.size() + 1);
  CHECK_THAT(table[0], ContainsSubstring("seq  arrival") && ContainsSubstring("DM [pc cm^-3]"));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto event = nlohmann::json::parse(all[i]);
    CHECK_THAT(table[i + 1], ContainsSubstring(event["event_id"].get<std::string>()) &&
                                 ContainsSubstring(event["time"]["toa_utc"].get<std::string>()));
  }
}

TEST_CASE("events are chosen by number, time, S/N and label", "[app][events][e2e]") {
  const auto all = lines(content(replayed() + "/candidates.jsonl"));
  const auto chosen = [&](auto&& is_wanted) {
    std::vector<std::string> some;
    for (const std::string& line : all) {
      if (is_wanted(nlohmann::json::parse(line))) some.push_back(line);
    }
    return some;
  };
  CHECK(events(replayed(), {"--json", "--since", "1"}) ==
        chosen([](const auto& event) { return event["seq"] > 1; }));
  const auto loud = chosen([](const auto& event) { return event["signal"]["snr"] >= 10; });
  REQUIRE(loud.size() == 2);
  CHECK(events(replayed(), {"--json", "--min-snr", "10"}) == loud);
  const std::string second = nlohmann::json::parse(loud[1])["time"]["toa_utc"];
  const auto late = chosen([&](const auto& event) { return event["time"]["toa_utc"] >= second; });
  CHECK(late.size() < all.size());
  CHECK(events(replayed(), {"--json", "--since", second}) == late);
  CHECK(events(replayed(), {"--json", "--since", second.substr(0, second.size() - 1)}) == late);
  CHECK(events(replayed(), {"--json", "--since", second.substr(0, 10)}) == all);
  CHECK(events(replayed(), {"--json", "--label", "unjudged"}) == all);
  CHECK(events(replayed(), {"--json", "--label", "burst"}).empty());
}

TEST_CASE("events refuses with a sentence and a status", "[app][events][e2e]") {
  const TemporaryFolder folder;
  test::write_file(folder.file("journal.sqlite"), std::string(1000, 'x'));
  struct Row {
    std::vector<std::string> arguments;
    int status;
    std::string message;
  };
  const std::vector<Row> table{
      {{"events"}, 2, "DIR is required"},
      {{"events", folder.file("none")}, 66, "none: found no file, expected a journal"},
      {{"events", folder.path()}, 65, "journal.sqlite: found file is not a database"},
      {{"events", replayed(), "--since", "x"}, 2, "--since: found 'x', expected a number"},
      {{"events", replayed(), "--since", "2023-02-30"}, 2, "--since: found '2023-02-30'"},
      {{"events", replayed(), "--min-snr", "loud"}, 2, "--min-snr: found 'loud'"},
      {{"events", replayed(), "--label", "bird"}, 2, "--label: found 'bird', expected burst"},
  };
  for (const Row& row : table) {
    CAPTURE(row.arguments);
    const auto result = test::run_draftstream(row.arguments);
    CHECK(result.status == row.status);
    CHECK_THAT(result.err, ContainsSubstring(row.message));
    CHECK(result.out == "");
  }
}

TEST_CASE("a replay that is refused leaves the journal of the one before", "[app][events][e2e]") {
  const TemporaryFolder folder;
  Program listener{
      test::program_path(),
      {"live", "tcp+listen://127.0.0.1:0", "-o", folder.file("listener"), "--no-networks"}};
  const std::string taken = listener.wait_for("listening on tcp://");
  std::filesystem::copy(replayed(), folder.file("out"), std::filesystem::copy_options::recursive);
  const auto before = events(folder.file("out"), {"--json"});
  REQUIRE_FALSE(before.empty());
  const std::vector<std::string> replay{
      "replay", sky(),         "-o", folder.file("out"), "--dm",
      "0:600",  "--threshold", "6",  "--no-networks",    "--quiet"};
  const auto replay_with = [&](const std::string& option, const std::string& value) {
    auto arguments = replay;
    arguments.insert(arguments.end(), {option, value});
    return test::run_draftstream(arguments).status;
  };
  CHECK(replay_with("--publish", "tcp://" + taken) == 78);
  CHECK(events(folder.file("out"), {"--json"}) == before);
  CHECK(replay_with("--http", taken) == 78);
  CHECK(events(folder.file("out"), {"--json"}) == before);
  CHECK(replay_with("--chunk-samples", "512") == 0);
  const auto after = events(folder.file("out"), {"--json"});
  CHECK(after.size() == before.size());
  CHECK(after != before);  // of another journal
  CHECK_FALSE(std::filesystem::exists(folder.file("out/journal.sqlite.earlier")));
}

TEST_CASE(
    "a live process has one publisher, whose numbers go on in the next observation and the "
    "next process",
    "[app][live][events][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  const std::string endpoint = "ipc://" + folder.file("topic");
  const std::vector<std::string> folders{out, out + "/obs_0002", out + "/obs_0003",
                                         out + "/obs_0004"};
  std::size_t before = 0;
  std::string earlier_session;
  for (const std::size_t process : {0U, 1U}) {
    Program live{
        test::program_path(),
        {"live", "tcp+listen://127.0.0.1:0", "-o", out, "--dm", "0:600", "--threshold", "6",
         "--publish", endpoint, "--no-networks", "--no-cutouts", "--no-prompt-alerts"}};
    const std::string address = live.wait_for("listening on ");
    REQUIRE_FALSE(address.empty());
    Program subscriber{
        test::program_path(),
        {"subscribe", endpoint, "--json", "--until-end", "--since", std::to_string(before)}};
    for (const std::size_t observation : {2 * process, 2 * process + 1}) {
      CHECK(test::run_draftstream({"send", "--speed", "max", sky(), address}).status == 0);
      REQUIRE(is_complete(folders[observation]));
      CHECK(summary_of(folders[observation]).at("topic").at("published") ==
            lines(content(folders[observation] + "/candidates.jsonl")).size());
    }
    live.signal(SIGTERM);
    CHECK(live.wait().status == 143);
    const auto heard = subscriber.wait();
    CHECK(heard.status == 0);
    CHECK_THAT(heard.err, ContainsSubstring(" waiting: complete, observation local-") &&
                              ContainsSubstring(" ended: complete, observation local-"));
    const auto told = lines(heard.out);
    CHECK(events(out, {"--json", "--since", std::to_string(before)}) == told);
    REQUIRE_FALSE(told.empty());
    const std::string session = nlohmann::json::parse(told[0]).at("session");
    CHECK(session != earlier_session);
    earlier_session = session;
    for (const std::string& line : told) {
      const auto event = nlohmann::json::parse(line);
      CHECK(event.at("seq") == ++before);
      CHECK(event.at("session") == session);
    }
  }
  std::string all;
  for (const std::string& one : folders) all += content(one + "/candidates.jsonl");
  CHECK(events(out, {"--json"}) == lines(all));
}
