// Recording in, candidates out. Runs the real executable.
#include <csignal>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "publishers/candidate_reader.hpp"
#include "replay/recording.hpp"
#include "tests/app/copy_samples.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/app/simulated_sky.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::content;
using test::lines;
using test::rows;
using test::TemporaryFolder;

namespace {

// 16 s of 64 channels with three bursts; 1 ms samples. Made once.
const std::string& sky() {
  static const test::SimulatedSky sky{
      {"--nchans", "64", "--tsamp", "1e-3", "--duration", "16", "--seed", "7", "--burst",
       "dm=300,t=2.5,width_ms=4,snr=25", "--burst", "dm=120,t=7.25,width_ms=2,snr=18", "--burst",
       "dm=480,t=13,width_ms=8,snr=20", "--rfi", "narrowband,impulses:0.2,dropouts:0.1"}};
  return sky.path();
}

const std::vector<std::string> options{"--dm", "0:600", "--quiet"};

// Runs replay with the usual options and more.
test::ProgramResult replay(const std::vector<std::string>& files, const std::string& out,
                           const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"replay"};
  arguments.insert(arguments.end(), files.begin(), files.end());
  arguments.insert(arguments.end(), {"-o", out});
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.insert(arguments.end(), more.begin(), more.end());
  auto result = test::run_draftstream(arguments);
  CAPTURE(result.err);
  CHECK(result.status == 0);
  return result;
}

// Candidates of the whole recording at once: what all other ways must find too.
const std::vector<std::string>& reference_rows(int less) {
  static const TemporaryFolder folder;
  static const auto run = replay({sky()}, folder.file("out"), {"--threads", "1"});
  static const std::vector<std::string> all[2] = {rows(folder.file("out/candidates.csv"), 1),
                                                  rows(folder.file("out/candidates.csv"), 2)};
  REQUIRE(all[0].size() > 3);  // names, and at least the three bursts
  return all[less - 1];
}

// A replay that has published its first burst and is not yet at its end.
struct PacedRun {
  // At this pace the recording takes 4 s. Narrow boxcars make for short blocks, so that the first
  // burst is out after the first third.
  PacedRun(const std::string& recording, const std::string& out)
      : program{test::program_path(),
                {"replay", recording, "-o", out, "--dm", "0:600", "--speed", "4", "--publish",
                 "tcp://127.0.0.1:*", "--chunk-samples", "256", "--widths-ms", "32", "--no-cutouts",
                 "--no-networks"}} {
    const std::string endpoint = program.wait_for("publishing on ");
    REQUIRE_FALSE(endpoint.empty());
    const std::vector<std::string> arguments{"subscribe", endpoint, "--since", "0"};
    subscriber = std::make_unique<test::Program>(test::program_path(), arguments);
    REQUIRE_FALSE(subscriber->wait_for("S/N ").empty());
  }

  test::Program program;
  std::unique_ptr<test::Program> subscriber;
};

nlohmann::json summary_of(const std::string& folder) {
  return nlohmann::json::parse(content(folder + "/summary.json"));
}

}  // namespace

TEST_CASE("simulated bursts are found, and evaluate says so", "[app][replay][e2e]") {
  const TemporaryFolder folder;
  const auto result = replay({sky()}, folder.file("out"), {"--json"});
  const auto summary = nlohmann::json::parse(result.out);
  CHECK(summary.at("status") == "complete");
  CHECK(summary == summary_of(folder.file("out")));
  CHECK(lines(content(folder.file("out/candidates.csv"))).size() ==
        lines(content(folder.file("out/candidates.jsonl"))).size() + 1);

  const std::string truth = sky().substr(0, sky().size() - 4) + ".truth.json";
  for (const char* found : {"out", "out/candidates.csv", "out/candidates.jsonl"}) {
    const auto report = test::run_draftstream({"evaluate", folder.file(found), truth, "--strict"});
    CAPTURE(report.out, report.err);
    CHECK(report.status == 0);
  }
  const auto json = test::run_draftstream({"evaluate", folder.file("out"), truth, "--json"});
  CHECK_NOTHROW(nlohmann::json::parse(json.out));
}

TEST_CASE("neither chunk size nor threads change a candidate", "[app][replay][e2e][property]") {
  const std::string chunk = GENERATE("256", "777", "1000", "4096", "1000000");
  const std::string threads = GENERATE("1", "2");
  CAPTURE(chunk, threads);
  const TemporaryFolder folder;
  replay({sky()}, folder.file("out"), {"--chunk-samples", chunk, "--threads", threads});
  CHECK(rows(folder.file("out/candidates.csv"), 1) == reference_rows(1));
  for (const auto& row : read_candidates(folder.file("out/candidates.csv"))) {
    CHECK(row.chunk == row.sample_index / std::stoull(chunk));
    CHECK(row.file == sky());
  }
}

TEST_CASE("one file or three, SIGPROC or PSRFITS, the candidates are the same",
          "[app][replay][e2e][property]") {
  const TemporaryFolder folder;
  const auto recording = open_recording(sky());
  SECTION("split in three, given in any order") {
    test::copy_samples(*recording, 0, 5003, folder.file("a.fil"));
    test::copy_samples(*recording, 5003, 9001, folder.file("b.fil"));
    test::copy_samples(*recording, 9001, 16000, folder.file("c.fil"));
    replay({folder.file("c.fil"), folder.file("a.fil"), folder.file("b.fil")}, folder.file("out"));
    const auto summary = summary_of(folder.file("out"));
    CHECK(summary.at("files").size() == 3);
  }
  SECTION("PSRFITS") {
    test::copy_samples(*recording, 0, 16000, folder.file("sky.fits"));
    replay({folder.file("sky.fits")}, folder.file("out"));
  }
  CHECK(rows(folder.file("out/candidates.csv"), 2) == reference_rows(2));
}

TEST_CASE("a second run replaces the first one's results and nothing else", "[app][replay][e2e]") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("out"));
  test::write_file(folder.file("out/notes.txt"), "mine");
  replay({sky()}, folder.file("out"));
  replay({sky()}, folder.file("out"), {"--threshold", "1000"});
  CHECK(lines(content(folder.file("out/candidates.csv"))).size() == 1);
  CHECK(content(folder.file("out/candidates.jsonl")).empty());
  CHECK(content(folder.file("out/notes.txt")) == "mine");
}

TEST_CASE("a recording shorter than anything is searched all the same", "[app][replay][e2e]") {
  const TemporaryFolder folder;
  const auto samples = GENERATE(std::uint64_t{1}, std::uint64_t{10});
  CAPTURE(samples);
  test::copy_samples(*open_recording(sky()), 0, samples, folder.file("short.fil"));
  replay({folder.file("short.fil")}, folder.file("out"));
  const auto summary = summary_of(folder.file("out"));
  CHECK(summary.at("status") == "complete");
  CHECK(summary.at("ledger").at("expected") == samples);
}

TEST_CASE("without -o the results lie in the current folder", "[app][replay][e2e]") {
  const TemporaryFolder folder;
  const auto result = test::run_draftstream({"replay", sky(), "--dm", "0:50"}, folder.path());
  CHECK(result.status == 0);
  CHECK(summary_of(folder.file("sky.draftstream")).at("status") == "complete");
  CHECK_THAT(result.err, ContainsSubstring("results are in sky.draftstream"));
  CHECK_THAT(result.err, ContainsSubstring("16000 samples = "));
}

TEST_CASE("a mask is read, and refused by file and line", "[app][replay][e2e]") {
  const TemporaryFolder folder;
  test::write_file(folder.file("mask.txt"), "0-3\n63\n");
  replay({sky()}, folder.file("out"), {"--mask", folder.file("mask.txt")});
  test::write_file(folder.file("mask.txt"), "0-3\n64\n");
  auto result = test::run_draftstream({"replay", sky(), "--mask", folder.file("mask.txt")});
  CHECK(result.status == 65);
  CHECK_THAT(result.err, ContainsSubstring(folder.file("mask.txt") + ": line 2"));
  CHECK(test::run_draftstream({"replay", sky(), "--mask", folder.file("none")}).status == 66);
}

TEST_CASE("a signal ends a replay, and what was found is kept", "[app][replay][e2e]") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  CAPTURE(signal);
  const TemporaryFolder folder;
  PacedRun run{sky(), folder.file("out")};
  run.program.signal(signal);
  const auto result = run.program.wait();
  CAPTURE(result.err);
  CHECK(result.status == 128 + signal);
  const auto summary = summary_of(folder.file("out"));
  CHECK(summary.at("status") == "interrupted");
  CHECK(lines(content(folder.file("out/candidates.csv"))).size() >= 2);
  CHECK(lines(content(folder.file("out/candidates.jsonl"))).size() + 1 ==
        lines(content(folder.file("out/candidates.csv"))).size());
  run.subscriber->signal(SIGTERM);
  CHECK(run.subscriber->wait().status == 0);
}

TEST_CASE("of a recording that shrinks all is searched that is there, and the run has failed",
          "[app][replay][e2e]") {
  const TemporaryFolder folder;
  std::filesystem::copy_file(sky(), folder.file("sky.fil"));
  PacedRun run{folder.file("sky.fil"), folder.file("out")};
  std::filesystem::resize_file(folder.file("sky.fil"), 64 * 8000);
  const auto result = run.program.wait();
  CAPTURE(result.err);
  CHECK(result.status == 65);
  const auto last = lines(result.err).back();
  CHECK(last.rfind("draftstream: " + folder.file("sky.fil"), 0) == 0);
  const auto summary = summary_of(folder.file("out"));
  CHECK(summary.at("status") == "failed");
  CHECK("draftstream: " + summary.at("reason").get<std::string>() == last);
  CHECK(summary.at("files")[0].at("status") == "partial");
  CHECK_THAT(summary.at("files")[0].at("reason").get<std::string>(),
             Catch::Matchers::Contains("of 16000 samples could not be read"));
  CHECK(summary.at("ledger").at("expected") == 16000);
  CHECK(summary.at("ledger").at("invalid").get<int>() > 0);
  CHECK(summary.at("ledger").at("balanced") == true);
  CHECK(lines(content(folder.file("out/candidates.csv"))).size() >= 2);
}

TEST_CASE("a recording that cannot be opened is left out and told, and the others are searched",
          "[app][replay][e2e]") {
  const TemporaryFolder folder;
  const std::vector<std::string> parts{folder.file("a.fil"), folder.file("b.fil"),
                                       folder.file("c.fil")};
  const auto recording = open_recording(sky());
  test::copy_samples(*recording, 0, 6000, parts[0]);
  test::copy_samples(*recording, 6000, 10'000, parts[1]);
  test::copy_samples(*recording, 10'000, 16'000, parts[2]);
  std::filesystem::resize_file(parts[1], 100);  // within its header
  const std::string missing = folder.file("missing.fil");
  const auto result = test::run_draftstream(
      {"replay", parts[0], parts[1], missing, parts[2], "-o", folder.file("out"), "--dm", "0:600"});
  CAPTURE(result.err);
  CHECK(result.status == 65);
  const auto summary = summary_of(folder.file("out"));
  CHECK(summary.at("status") == "failed");
  const auto reason = summary.at("reason").get<std::string>();
  CHECK_THAT(reason, Catch::Matchers::StartsWith("2 of 4 recordings could not be opened: "));
  const auto& files = summary.at("files");
  REQUIRE(files.size() == 4);
  CHECK(files[0].at("status") == "complete");
  CHECK(files[1].at("status") == "complete");
  CHECK(files[1].at("path") == parts[2]);
  CHECK(files[2].at("status") == "refused");
  CHECK(files[2].at("path") == parts[1]);
  CHECK(files[3].at("status") == "refused");
  CHECK_THAT(files[3].at("reason").get<std::string>(), Catch::Matchers::Contains("No such file"));
  CHECK(summary.at("ledger").at("missing") == 4000);
  // The first burst and the last are in the parts that are left.
  const auto found = rows(folder.file("out/candidates.csv"), 1);
  CHECK(found.size() > 2);
}

TEST_CASE("of recordings none of which can be opened the first says why", "[app][replay][e2e]") {
  const TemporaryFolder folder;
  const auto result = test::run_draftstream(
      {"replay", folder.file("a.fil"), folder.file("b.fil"), "-o", folder.file("out")});
  CHECK(result.status == 66);
  CHECK_THAT(result.err, Catch::Matchers::Contains("a.fil"));
  CHECK_FALSE(std::filesystem::exists(folder.file("out")));
}

// Address space stands for memory: the series of limits has one that is too small for the ring at
// first and large enough for the rest.
TEST_CASE("where memory is too small chunks are halved, which changes no candidate",
          "[app][replay][e2e]") {
  if (test::sanitized) {
    WARN("skipped: sanitizers take address space of their own");
    return;
  }
  const TemporaryFolder folder;
  const test::SimulatedSky wide{{"--nchans", "1024", "--tsamp", "1e-3", "--duration", "60",
                                 "--seed", "3", "--burst", "dm=300,t=2.5,width_ms=4,snr=25"}};
  const auto limited = [&](int mebibytes, const std::string& out) {
    const std::string script =
        "ulimit -v " + std::to_string(mebibytes * 1024) +
        "; exec \"$0\" replay \"$1\" -o \"$2\" --dm 0:400 --threads 1 --no-networks"
        " --no-cutouts --chunk-samples 60000";
    return test::run_program("/bin/sh", {"-c", script, test::program_path(), wide.path(), out});
  };
  const auto all = limited(4000, folder.file("all"));
  CAPTURE(all.err);
  REQUIRE(all.status == 0);
  REQUIRE(all.err.find("not enough memory") == std::string::npos);
  const auto expected = rows(folder.file("all/candidates.csv"), 2);
  REQUIRE(expected.size() > 1);
  bool halved = false;
  for (int mebibytes = 1000; !halved && mebibytes > 100; mebibytes -= 20) {
    const auto result = limited(mebibytes, folder.file("less"));
    halved = result.status == 0 && result.err.find(
                                       "not enough memory for chunks of 60000 samples: "
                                       "halved to 30000") != std::string::npos;
    if (halved) CHECK(rows(folder.file("less/candidates.csv"), 2) == expected);
  }
  CHECK(halved);
}

TEST_CASE("each chunk is told, if asked for", "[app][replay][e2e]") {
  const TemporaryFolder folder;
  const auto result =
      test::run_draftstream({"replay", sky(), "-o", folder.file("out"), "--dm", "0:600",
                             "--chunk-samples", "3000", "--log-chunks", "--no-networks"});
  CAPTURE(result.err);
  CHECK(result.status == 0);
  std::vector<std::string> told;
  for (const std::string& line : lines(result.err)) {
    if (const auto at = line.find("chunk 0"); at != std::string::npos)
      told.push_back(line.substr(at));
  }
  REQUIRE(told.size() == 6);
  CHECK_THAT(told[1], Catch::Matchers::StartsWith(
                          "chunk 001: samples 3000 to 5999, 3.000 to 6.000 s, from "));
  CHECK_THAT(told[1], Catch::Matchers::Contains(", 38 %, "));
  CHECK_THAT(told[5], Catch::Matchers::StartsWith(
                          "chunk 005: samples 15000 to 15999, 15.000 to 16.000 s, from "));
  CHECK_THAT(told[5], Catch::Matchers::Contains(", 100 %, "));
  for (const std::string& line : told) CHECK_THAT(line, !ContainsSubstring(", 1 candidates"));
  CHECK(summary_of(folder.file("out")).at("counts").at("chunks") == 6);
}

TEST_CASE("a separate subscriber hears every event once", "[app][replay][e2e]") {
  const TemporaryFolder folder;
  std::vector<std::string> arguments{"replay",
                                     sky(),
                                     "-o",
                                     folder.file("out"),
                                     "--dm",
                                     "0:600",
                                     "--publish",
                                     "tcp://127.0.0.1:*",
                                     "--wait-subscribers",
                                     "1"};
  test::Program program{test::program_path(), arguments};
  const std::string endpoint = program.wait_for("publishing on ");
  REQUIRE_FALSE(endpoint.empty());
  const auto heard =
      test::run_draftstream({"subscribe", endpoint, "--json", "--until-end", "--since", "0"});
  CAPTURE(heard.err);
  CHECK(heard.status == 0);
  CHECK(program.wait().status == 0);
  CHECK(heard.out == content(folder.file("out/candidates.jsonl")));
  CHECK(lines(heard.out).size() + 1 == reference_rows(1).size());
}

TEST_CASE("a subscriber without a publisher tries again later", "[app][subscribe][e2e]") {
  const auto result =
      test::run_draftstream({"subscribe", "ipc:///nonexistent-draftstream", "--wait", "0.2"});
  CHECK(result.status == 75);
  CHECK_THAT(result.err, ContainsSubstring("heard no publisher within 0.2 s"));
}
