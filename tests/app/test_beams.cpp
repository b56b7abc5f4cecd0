// Several beams side by side: what is one signal, what is interference. Runs the real executable.
#include <cmath>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "publishers/candidate_reader.hpp"
#include "replay/recording.hpp"
#include "tests/app/copy_samples.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using nlohmann::json;
using test::content;
using test::lines;
using test::rows;
using test::TemporaryFolder;

namespace {

constexpr int beam_count = 5;

// 16 s of 64 channels in five beams, 1 ms samples: a burst in beam 2, and weaker in beam 3; another
// in beam 4; something dispersed that all of them see. Made once.
const std::vector<std::string>& sky() {
  static const TemporaryFolder folder;
  static const std::vector<std::string> paths = [] {
    std::vector<std::string> all;
    for (int beam = 0; beam < beam_count; ++beam) {
      all.push_back(folder.file("beam" + std::to_string(beam) + ".fil"));
      std::vector<std::string> arguments{"simulate",
                                         all.back(),
                                         "--nchans",
                                         "64",
                                         "--tsamp",
                                         "1e-3",
                                         "--duration",
                                         "16",
                                         "--seed",
                                         std::to_string(20 + beam),
                                         "--rfi",
                                         "narrowband,impulses:0.3",
                                         "--rfi-seed",
                                         "3",
                                         "--beam",
                                         std::to_string(beam),
                                         "--quiet",
                                         "--burst",
                                         "dm=120,t=9,width_ms=3,snr=" + std::to_string(16 + beam)};
      if (beam == 2) arguments.insert(arguments.end(), {"--burst", "dm=300,t=3,width_ms=4,snr=30"});
      if (beam == 3) arguments.insert(arguments.end(), {"--burst", "dm=300,t=3,width_ms=4,snr=14"});
      if (beam == 4)
        arguments.insert(arguments.end(), {"--burst", "dm=450,t=13,width_ms=6,snr=20"});
      REQUIRE(test::run_draftstream(arguments).status == 0);
    }
    return all;
  }();
  return paths;
}

std::vector<std::string> replay_arguments(const std::vector<std::string>& files,
                                          const std::string& out,
                                          const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"replay"};
  arguments.insert(arguments.end(), files.begin(), files.end());
  arguments.insert(arguments.end(), {"-o", out, "--dm", "0:600", "--max-beams", "3"});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

test::ProgramResult replay(const std::vector<std::string>& files, const std::string& out,
                           const std::vector<std::string>& more = {}) {
  auto result = test::run_draftstream(replay_arguments(files, out, more));
  CAPTURE(result.err);
  CHECK(result.status == 0);
  return result;
}

json summary_of(const std::string& folder) {
  return json::parse(content(folder + "/summary.json"));
}

std::vector<json> events_of(const std::string& text) {
  std::vector<json> all;
  for (const auto& line : lines(text)) all.push_back(json::parse(line));
  return all;
}

// Events less what is of one run alone.
std::vector<json> lasting(std::vector<json> events) {
  for (json& event : events) {
    for (const char* field : {"uuid", "session", "journal", "created_utc"}) event.erase(field);
  }
  return events;
}

const std::string& reference() {
  static const TemporaryFolder folder;
  static const auto run = replay(sky(), folder.file("out"), {"--threads", "1", "--quiet"});
  static const std::string out = folder.file("out");
  return out;
}

}  // namespace

TEST_CASE("a burst is an event of the beam that saw it best; what all see is interference",
          "[app][beams][e2e]") {
  const auto events = events_of(content(reference() + "/candidates.jsonl"));
  REQUIRE(events.size() == 2 + beam_count);
  CHECK(events[0].at("message_type") == "event");
  CHECK(events[0].at("beam").at("index") == 2);
  CHECK(events[0].at("beam").at("seen_in") == 2);
  CHECK(std::abs(events[0].at("dm").at("value_pc_cm3").get<double>() - 300.0) < 5.0);
  const json& others = events[0].at("beam").at("others");
  REQUIRE(others.size() == 1);
  CHECK(others[0].at("index") == 3);
  CHECK(others[0].at("snr").get<double>() > 9.0);
  CHECK(others[0].at("toa_utc").get<std::string>().substr(0, 18) == "2023-02-25T00:00:0");
  for (std::size_t i = 1; i <= beam_count; ++i) {
    CHECK(events[i].at("message_type") == "candidate");
    CHECK(events[i].at("classifier").at("label") == "interference");
    CHECK(events[i].at("beam").at("seen_in") == beam_count);
    CHECK(events[i].at("beam").at("others").empty());
  }
  CHECK(events[beam_count + 1].at("beam").at("index") == 4);
  CHECK(events[beam_count + 1].at("beam").at("seen_in") == 1);
  for (std::size_t i = 0; i < events.size(); ++i) CHECK(events[i].at("seq") == i + 1);

  const auto table = read_candidates(reference() + "/candidates.csv");
  REQUIRE(table.size() == events.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    CHECK(table[i].event_id == events[i].at("event_id"));
    CHECK(table[i].beam == events[i].at("beam").at("index"));
    CHECK(table[i].file == sky()[static_cast<std::size_t>(table[i].beam.value_or(0))]);
  }
}

TEST_CASE("the summary tells of each beam", "[app][beams][e2e]") {
  const json summary = summary_of(reference());
  CHECK(summary.at("status") == "complete");
  CHECK(summary.at("counts").at("events") == 2 + beam_count);
  CHECK(summary.at("counts").at("interference") == beam_count);
  CHECK(summary.at("counts").at("told_with_another") == 1);
  CHECK(summary.at("counts").at("candidates") == 3 + beam_count);
  CHECK(summary.at("ledger").at("expected") == 16000 * beam_count);
  CHECK(summary.at("ledger").at("balanced") == true);
  REQUIRE(summary.at("beams").size() == beam_count);
  const json& third = summary.at("beams")[2];
  CHECK(third.at("beam") == 2);
  CHECK(third.at("status") == "complete");
  CHECK(third.at("ledger").at("expected") == 16000);
  CHECK(third.at("counts").at("events") == 2);
  CHECK(third.at("counts").at("interference") == 1);
  CHECK(summary.at("beams")[3].at("counts").at("told_with_another") == 1);
  REQUIRE(summary.at("files").size() == beam_count);
  CHECK(summary.at("files")[4].at("beam") == 4);
  CHECK(summary.at("files")[4].at("status") == "complete");
}

TEST_CASE("the events of one beam are compared with its truth", "[app][beams][e2e]") {
  for (const char* found : {"", "/candidates.jsonl"}) {
    const std::string truth = sky()[4].substr(0, sky()[4].size() - 4) + ".truth.json";
    const auto report =
        test::run_draftstream({"evaluate", reference() + found, truth, "--json", "--beam", "4"});
    CAPTURE(report.err);
    CHECK(report.status == 0);
    const json result = json::parse(report.out);
    CHECK(result.at("matches").size() == 1);  // the other one was called interference
    CHECK(result.at("missed").size() == 1);
    CHECK(result.at("false_alarms").empty());
  }
}

TEST_CASE("neither chunks, threads, the order of files nor pace change what beams find",
          "[app][beams][e2e][property]") {
  const TemporaryFolder folder;
  std::vector<std::string> files = sky();
  std::vector<std::string> more{"--quiet"};
  const int way = GENERATE(range(0, 7));
  CAPTURE(way);
  if (way == 0) more.insert(more.end(), {"--threads", "2", "--chunk-samples", "256"});
  if (way == 1) more.insert(more.end(), {"--threads", "7", "--chunk-samples", "777"});
  if (way == 2) more.insert(more.end(), {"--threads", "3", "--chunk-samples", "1000000"});
  if (way == 3) std::swap(files[0], files[4]);
  if (way == 4) more.insert(more.end(), {"--speed", "20", "--threads", "3"});
  if (way == 5) {  // told instead of read
    files.clear();
    for (int beam = 0; beam < beam_count; ++beam) {
      more.insert(more.end(),
                  {"--beam", std::to_string(beam) + ":" + sky()[static_cast<std::size_t>(beam)]});
    }
  }
  if (way == 6) {
    std::string config = "beams:\n  files:\n";
    for (int beam = 4; beam > 0; --beam) {
      config +=
          "    - \"" + std::to_string(beam) + ":" + sky()[static_cast<std::size_t>(beam)] + "\"\n";
    }
    test::write_file(folder.file("night.yaml"), config);
    files.resize(1);
    more.insert(more.end(), {"--config", folder.file("night.yaml")});
  }
  replay(files, folder.file("out"), more);
  CHECK(rows(folder.file("out/candidates.csv"), 1) == rows(reference() + "/candidates.csv", 1));
  CHECK(lasting(events_of(content(folder.file("out/candidates.jsonl")))) ==
        lasting(events_of(content(reference() + "/candidates.jsonl"))));
}

TEST_CASE("beams that begin later are compared by absolute time", "[app][beams][e2e]") {
  const TemporaryFolder folder;
  // Beam 3 without its first 1.5 s.
  const auto whole = open_recording(sky()[3]);
  test::copy_samples(*whole, 1500, 16000, folder.file("late.fil"));
  auto files = sky();
  files[3] = folder.file("late.fil");
  replay(files, folder.file("out"), {"--quiet"});
  const auto events = events_of(content(folder.file("out/candidates.jsonl")));
  REQUIRE(events.size() == 2 + beam_count);
  CHECK(events[0].at("beam").at("others").size() == 1);
  CHECK(events[1].at("beam").at("seen_in") == beam_count);
  for (const json& event : events) {
    if (event.at("beam").at("index") != 3) continue;
    CHECK(std::abs(event.at("time").at("toa_s").get<double>() - 7.5) < 0.01);
    CHECK(event.at("time").at("toa_utc").get<std::string>().substr(0, 18) == "2023-02-25T00:00:0");
  }
}

TEST_CASE("a separate subscriber hears the events, and those who want it the interference",
          "[app][beams][e2e]") {
  const TemporaryFolder folder;
  test::Program program{test::program_path(), replay_arguments(sky(), folder.file("out"),
                                                               {"--publish", "tcp://127.0.0.1:*",
                                                                "--wait-subscribers", "1"})};
  const std::string endpoint = program.wait_for("publishing on ");
  REQUIRE_FALSE(endpoint.empty());
  const auto heard =
      test::run_draftstream({"subscribe", endpoint, "--json", "--until-end", "--since", "0"});
  CAPTURE(heard.err);
  CHECK(heard.status == 0);
  CHECK(program.wait().status == 0);
  const auto events = events_of(heard.out);
  REQUIRE(events.size() == 2);
  CHECK(events[0].at("beam").at("index") == 2);
  CHECK(events[1].at("beam").at("index") == 4);
  // Byte for byte what is in the file.
  const auto stored = lines(content(folder.file("out/candidates.jsonl")));
  CHECK(lines(heard.out).front() == stored.front());
  CHECK(lines(heard.out).back() == stored.back());
}

TEST_CASE("a subscriber may want one beam, or what is no event", "[app][beams][e2e]") {
  const TemporaryFolder folder;
  test::Program program{test::program_path(), replay_arguments(sky(), folder.file("out"),
                                                               {"--publish", "tcp://127.0.0.1:*",
                                                                "--wait-subscribers", "2"})};
  const std::string endpoint = program.wait_for("publishing on ");
  REQUIRE_FALSE(endpoint.empty());
  const auto listen = [&](const std::string& topic) {
    const std::vector<std::string> arguments{"subscribe", endpoint,      "--json",  "--topic",
                                             topic,       "--until-end", "--since", "0"};
    return std::make_unique<test::Program>(test::program_path(), arguments);
  };
  const auto interference = listen("frb.candidate.v1.local.");
  const auto beam = listen("frb.event.v1.local.b0004.");
  CHECK(program.wait().status == 0);

  const auto result = interference->wait();
  CHECK(result.status == 0);  // it has lost nothing
  const auto not_events = events_of(result.out);
  REQUIRE(not_events.size() == beam_count);
  for (const json& one : not_events) CHECK(one.at("classifier").at("label") == "interference");
  const auto beam_result = beam->wait();
  CHECK(beam_result.status == 0);
  const auto heard = events_of(beam_result.out);
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].at("beam").at("index") == 4);
}

namespace {

// Beams that have published the first burst and are not yet at their end.
struct PacedRun {
  PacedRun(const std::vector<std::string>& files, const std::string& out)
      : program{
            test::program_path(),
            replay_arguments(files, out,
                             {"--speed", "4", "--chunk-samples", "256", "--widths-ms", "32",
                              "--no-cutouts", "--no-networks", "--publish", "tcp://127.0.0.1:*"})} {
    const std::string endpoint = program.wait_for("publishing on ");
    REQUIRE_FALSE(endpoint.empty());
    const std::vector<std::string> arguments{"subscribe", endpoint, "--since", "0"};
    subscriber = std::make_unique<test::Program>(test::program_path(), arguments);
    REQUIRE_FALSE(subscriber->wait_for("S/N ").empty());
  }

  test::Program program;
  std::unique_ptr<test::Program> subscriber;
};

}  // namespace

TEST_CASE("a beam that fails ends alone, and the others find what they would",
          "[app][beams][e2e]") {
  const TemporaryFolder folder;
  auto files = sky();
  std::filesystem::copy_file(sky()[0], folder.file("short.fil"));
  files[0] = folder.file("short.fil");
  PacedRun run{files, folder.file("out")};
  // Some 8 s of it are left: the burst at 9 s is in four beams then, which are still too many.
  std::filesystem::resize_file(folder.file("short.fil"), 64 * 8000);
  const auto result = run.program.wait();
  CAPTURE(result.err);
  CHECK(result.status == 65);
  CHECK(lines(result.err).back().rfind("draftstream: " + folder.file("short.fil"), 0) == 0);
  const json summary = summary_of(folder.file("out"));
  CHECK(summary.at("status") == "failed");
  CHECK(summary.at("beams")[0].at("status") == "failed");
  CHECK(summary.at("beams")[0].at("ledger").at("balanced") == true);
  CHECK(summary.at("files")[0].at("status") == "partial");
  for (int beam = 1; beam < beam_count; ++beam) {
    CHECK(summary.at("beams")[static_cast<std::size_t>(beam)].at("status") == "complete");
  }
  const auto events = events_of(content(folder.file("out/candidates.jsonl")));
  CHECK(events.front().at("beam").at("index") == 2);
  CHECK(events.back().at("beam").at("index") == 4);
  CHECK(events.back().at("message_type") == "event");
}

TEST_CASE("a signal ends all beams, and what was found is kept", "[app][beams][e2e]") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  const TemporaryFolder folder;
  PacedRun run{sky(), folder.file("out")};
  run.program.signal(signal);
  const auto result = run.program.wait();
  CAPTURE(result.err);
  CHECK(result.status == 128 + signal);
  const json summary = summary_of(folder.file("out"));
  CHECK(summary.at("status") == "interrupted");
  for (const json& beam : summary.at("beams")) {
    CHECK(beam.at("status") == "interrupted");
    CHECK(beam.at("ledger").at("balanced") == true);
  }
  const auto table = read_candidates(folder.file("out/candidates.csv"));
  REQUIRE_FALSE(table.empty());
  CHECK(table.front().beam == 2);
  CHECK(table.size() == lines(content(folder.file("out/candidates.jsonl"))).size());
}

TEST_CASE("beams that make no sense together are refused", "[app][beams][e2e]") {
  const TemporaryFolder folder;
  REQUIRE(test::run_draftstream({"simulate", folder.file("none.fil"), "--nchans", "64", "--tsamp",
                                 "1e-3", "--duration", "2", "--quiet"})
              .status == 0);
  const auto refused = [&](const std::vector<std::string>& arguments) {
    std::vector<std::string> all{"replay", "-o", folder.file("out")};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto result = test::run_draftstream(all);
    CHECK(lines(result.err).size() == 1);
    return std::to_string(result.status) + " " + result.err;
  };
  CHECK_THAT(refused({sky()[0], sky()[1], folder.file("none.fil")}),
             ContainsSubstring("65 draftstream: " + folder.file("none.fil") +
                               ": found no beam in its header, expected one"));
  CHECK_THAT(refused({sky()[0], "--beam", "7:" + sky()[0]}),
             ContainsSubstring("found the same file for beam 0 and beam 7"));
  CHECK_THAT(refused({"--beam", "x:" + sky()[0]}),
             ContainsSubstring("2 draftstream: --beam: found 'x:"));
  CHECK_THAT(refused({"--beam", sky()[0]}), ContainsSubstring("expected N:FILE"));
  CHECK_THAT(refused({"--beam", "3:"}), ContainsSubstring("expected N:FILE"));
  CHECK_THAT(refused({"--beam", "3:" + folder.file("gone.fil")}), ContainsSubstring("66 "));
  CHECK_THAT(refused({}), ContainsSubstring("2 draftstream: replay: found no recording"));
}
