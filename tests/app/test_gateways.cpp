// A run that tells the world, by the real executable. TNS's drafts need no receiver; others are
// told by tests/publishers/gateways/tell_the_world.py.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/app/draftstream_program.hpp"
#include "tests/app/simulated_sky.hpp"
#include "tests/publishers/gateways/http_receiver.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::content;
using test::TemporaryFolder;

namespace {

const std::string& sky() {  // made once
  const char* first = "dm=300,t=2.5,width_ms=4,snr=25";
  const char* second = "dm=100,t=5,width_ms=4,snr=15";
  static const test::SimulatedSky sky{{"--duration", "8", "--tsamp", "1e-3", "--nchans", "64",
                                       "--burst", first, "--burst", second}};
  return sky.path();
}

// Somebody who never answers, and drafts for TNS, of a recording.
std::string write_config(const TemporaryFolder& folder, bool archival) {
  const std::string rules =
      "{labels: [], archival: " + std::string{archival ? "true" : "false"} + "}";
  std::ofstream{folder.file("world.yaml")}
      << "gateways:\n"
      << "  - {name: nobody, kind: webhook, url: 'http://127.0.0.1:1/', rules: " << rules << "}\n"
      << "  - {name: drafts, kind: tns, reporter: N. Shift, folder: '" << folder.file("tns")
      << "', rules: " << rules << "}\n";
  return folder.file("world.yaml");
}

nlohmann::json replay(const TemporaryFolder& folder, const std::string& config) {
  const auto run =
      test::run_draftstream({"replay", sky(), "-o", folder.file("out"), "--dm", "0:600",
                             "--threshold", "6", "--no-networks", "--quiet", "--gateways", config});
  CAPTURE(run.err);
  REQUIRE(run.status == 0);
  return nlohmann::json::parse(content(folder.file("out/summary.json")));
}

}  // namespace

TEST_CASE("a run tells the world, and what waits stays for another", "[app][gateways][e2e]") {
  const TemporaryFolder folder;
  const auto summary = replay(folder, write_config(folder, true));
  const std::uint64_t events = summary["counts"]["events"];
  REQUIRE(events >= 2);
  const auto& nobody = summary["gateways"][0];
  CHECK(nobody["name"] == "nobody");
  CHECK(nobody["sent"] == 0);
  CHECK(nobody["waiting"] == events);
  CHECK(nobody["fault"].is_string());
  const auto& drafts = summary["gateways"][1];
  CHECK(drafts["kind"] == "tns");
  // The sky has no position, so that TNS would not take it: said, counted, passed over.
  CHECK(drafts["sent"].get<std::uint64_t>() + drafts["refused"].get<std::uint64_t>() == events);
  CHECK(drafts["waiting"] == 0);

  const auto later = test::run_draftstream({"forward", folder.file("out"), "--gateways",
                                            folder.file("world.yaml"), "--patience-s", "0.1"});
  CHECK(later.status == 75);
  CHECK_THAT(later.err,
             ContainsSubstring("gateway nobody: 0 sent, " + std::to_string(events) + " waiting"));
}

TEST_CASE("what is found in a recording stays, unless it is wanted", "[app][gateways][e2e]") {
  const TemporaryFolder folder;
  const auto summary = replay(folder, write_config(folder, false));
  for (const auto& gateway : summary["gateways"]) {
    CHECK(gateway["held_back"]["archival"] == summary["counts"]["events"]);
    CHECK(gateway["waiting"] == 0);
    CHECK(gateway["fault"].is_null());
  }
}

TEST_CASE("what is wrong with gateways is told before a journal is replaced",
          "[app][gateways][e2e]") {
  const TemporaryFolder folder;
  const auto events = [&] {
    return test::run_draftstream({"events", folder.file("out"), "--json"}).out;
  };
  const std::vector<std::string> replay_again{
      "replay",        sky(),     "-o",          folder.file("out"),
      "--dm",          "0:600",   "--threshold", "6",
      "--no-networks", "--quiet", "--gateways",  folder.file("bad.yaml")};
  replay(folder, write_config(folder, true));
  const std::string before = events();
  REQUIRE_FALSE(before.empty());
  const char* faulty[] = {"{name: a, kind: pigeon}",
                          "{name: a, kind: voevent, broker: none, ivorn: 'ivo://a/b'}",
                          "{name: a, kind: webhook, url: 'http://'}"};
  for (const char* one : faulty) {
    CAPTURE(one);
    std::ofstream{folder.file("bad.yaml")} << "gateways:\n  - " << one << "\n";
    CHECK(test::run_draftstream(replay_again).status == 78);
    CHECK(events() == before);
  }
}

TEST_CASE("a live run tells the world, and the next one what waits", "[app][gateways][e2e]") {
  const TemporaryFolder folder;
  const auto write = [&](unsigned port) {
    std::ofstream{folder.file("world.yaml")}
        << "gateways:\n  - {name: hook, kind: webhook, url: 'http://127.0.0.1:" << port
        << "/', first_retry_s: 0.05, rules: {labels: [], alerts: true}}\n";
  };
  const auto live = [&](const std::string& recording) {
    const auto run =
        test::run_draftstream({"live", "file:" + recording, "-o", folder.file("out"), "--dm",
                               "0:600", "--threshold", "6", "--no-networks", "--quiet", "--publish",
                               "tcp://127.0.0.1:*", "--gateways", folder.file("world.yaml")});
    CAPTURE(run.err);
    REQUIRE(run.status == 0);
    return run.err;
  };
  write(1);  // nobody is there
  CHECK_THAT(live(sky()),
             ContainsSubstring("gateway hook: 0 sent") && ContainsSubstring("waiting"));
  const auto told = test::run_draftstream({"events", folder.file("out"), "--json"}).out;
  const auto messages = std::count(told.begin(), told.end(), '\n');
  REQUIRE(messages >= 2);

  test::HttpReceiver receiver{{"200 OK"}};
  write(receiver.port());
  static const test::SimulatedSky quiet{
      {"--duration", "4", "--tsamp", "1e-3", "--nchans", "64", "--seed", "3"}};
  live(quiet.path());
  std::vector<std::uint64_t> numbers;
  for (const auto& request : receiver.requests()) {
    numbers.push_back(nlohmann::json::parse(request.body)["event"]["seq"]);
  }
  REQUIRE(numbers.size() >= static_cast<std::size_t>(messages));
  for (std::size_t i = 0; i < numbers.size(); ++i) CHECK(numbers[i] == i + 1);
}

TEST_CASE("forward says what is wrong with its arguments", "[app][gateways]") {
  const TemporaryFolder folder;
  const std::string config = write_config(folder, true);
  const auto nothing =
      test::run_draftstream({"forward", folder.file("nothing"), "--gateways", config});
  CHECK(nothing.status == 66);
  CHECK_THAT(nothing.err, ContainsSubstring("nothing"));
  const auto lost =
      test::run_draftstream({"forward", folder.path(), "--gateways", folder.file("lost.yaml")});
  CHECK(lost.status == 66);
  std::ofstream{folder.file("bad.yaml")} << "gateways:\n  - {name: a, kind: pigeon}\n";
  const auto bad =
      test::run_draftstream({"replay", sky(), "-o", folder.file("out"), "--dm", "0:600",
                             "--no-networks", "--quiet", "--gateways", folder.file("bad.yaml")});
  CHECK(bad.status == 78);
  CHECK_THAT(bad.err, ContainsSubstring("bad.yaml:2: gateways[0].kind: found 'pigeon'"));
}
