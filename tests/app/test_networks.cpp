// Networks in a run of the real program: untrained ones, whose verdicts mean nothing.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/app/draftstream_program.hpp"
#include "tests/app/simulated_sky.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_networks.hpp"

using namespace draftstream;
using test::TemporaryFolder;

namespace {

const std::string& sky() {
  static const test::SimulatedSky sky{{"--nchans", "64", "--tsamp", "1e-3", "--duration", "20",
                                       "--seed", "7", "--burst", "dm=300,t=2.5,width_ms=4,snr=25",
                                       "--burst", "dm=120,t=12.25,width_ms=2,snr=18"}};
  return sky.path();
}

test::ProgramResult replay(const std::string& out, const std::vector<std::string>& more) {
  return test::run_draftstream(test::replay_arguments(sky(), out, more));
}

std::vector<std::string> both_networks() {
  const std::string folder = test::network_folder();
  return {"--detector", folder + "/detector.pt", "--classifier", folder + "/classifier.pt"};
}

nlohmann::json json_of(const std::string& path) {
  return nlohmann::json::parse(test::content(path));
}

}  // namespace

TEST_CASE("without networks nothing is judged, and the log says so", "[app][networks]") {
  const TemporaryFolder folder;
  const auto result = replay(folder.file("out"), {"--no-networks"});
  CHECK(result.status == 0);
  CHECK_THAT(result.err, Catch::Matchers::Contains("no networks: --no-networks; candidates stay"));
  const auto summary = json_of(folder.file("out/summary.json"));
  CHECK(summary["networks"].empty());
  CHECK(summary["networks_reason"] == "--no-networks");
  CHECK(summary["counts"]["judged"] == 0);
  // Whoever wants none gets none, whatever is given.
  const auto refused = replay(folder.file("out"), {"--no-networks", "--detector", "/nowhere.pt"});
  CHECK(refused.status == 0);
}

TEST_CASE("one network alone, and files that are none, are refused", "[app][networks]") {
  const TemporaryFolder folder;
  const auto alone = replay(folder.file("out"), {"--detector", folder.file("none.pt")});
  CHECK(alone.status == 78);
  CHECK_THAT(alone.err, Catch::Matchers::Contains("expected both --detector and --classifier"));
  const auto missing = replay(folder.file("out"), {"--detector", folder.file("none.pt"),
                                                   "--classifier", folder.file("none.pt")});
  CHECK(missing.status == 66);
  CHECK_THAT(missing.err, Catch::Matchers::Contains("none.pt: cannot be read"));
  if (test::network_folder().empty()) return;
  test::write_file(folder.file("text.pt"), "no network");
  auto files = both_networks();
  files[1] = folder.file("text.pt");
  const auto text = replay(folder.file("out"), files);
  CHECK(text.status == 65);
  CHECK_THAT(text.err, Catch::Matchers::Contains("text.pt: found no detector"));
  files[1] = both_networks()[3];
  const auto swapped = replay(folder.file("out"), files);
  CHECK(swapped.status == 65);
  CHECK_THAT(swapped.err, Catch::Matchers::Contains("expected \"draftstream-detector\""));
  auto direct = both_networks();
  direct.insert(direct.end(), {"--engine", "direct"});
  const auto other = replay(folder.file("out"), direct);
  CHECK(other.status == 78);
  CHECK_THAT(other.err, Catch::Matchers::Contains("networks: found the engine direct"));
}

// A copy of the program looks for what is shipped beside itself, as an installed one does.
// A sanitizer takes more addresses than any limit leaves.
TEST_CASE("where addresses are few nothing is judged, and what is too much is said",
          "[app][networks]") {
  if (test::sanitized) return;
  const TemporaryFolder folder;
  const auto within = [&](int kilobytes, const std::string& more) {
    return test::run_program("/bin/sh",
                             {"-c", "ulimit -v " + std::to_string(kilobytes) + " && exec " +
                                        test::program_path() + " replay " + sky() + " -o " +
                                        folder.file("out") + " --dm 0:600 --threads 1 " + more});
  };
  const auto fewer = within(900'000, "");
  CHECK(fewer.status == 0);
  if (!test::network_folder().empty()) {
    CHECK_THAT(fewer.err, Catch::Matchers::Contains("found less than 1 GiB of addresses left"));
    const auto files = both_networks();
    const auto wanted =
        within(900'000, files[0] + " " + files[1] + " " + files[2] + " " + files[3]);
    CHECK(wanted.status == 78);
    CHECK_THAT(wanted.err, Catch::Matchers::Contains("(ulimit -v)"));
  }
  const auto none = within(110'000, "--no-networks");
  CHECK(none.status == 1);
  CHECK_THAT(none.err, Catch::Matchers::Contains("found "));
  CHECK(none.err.find("bad_alloc") == std::string::npos);
}

TEST_CASE("networks that are shipped judge by themselves", "[app][networks]") {
  if (test::network_folder().empty()) return;
  const TemporaryFolder folder;
  const std::string program = folder.file("bin/draftstream");
  const std::string models = folder.file("share/draftstream/models");
  std::filesystem::create_directories(folder.file("bin"));
  std::filesystem::create_directories(models);
  std::filesystem::copy_file(test::program_path(), program);
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"replay", sky(), "-o", folder.file("out"), "--dm", "0:600"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return test::run_program(program, arguments);
  };
  const auto summary = [&] { return json_of(folder.file("out/summary.json")); };
  const std::string shipped[] = {models + "/detector.pt", models + "/classifier.pt"};

  std::filesystem::copy_file(test::network_folder() + "/detector.pt", shipped[0]);
  const auto one_alone = run({});
  CHECK(one_alone.status == 0);
  CHECK_THAT(one_alone.err, Catch::Matchers::Contains("no networks: there are none in " + models));
  CHECK(summary()["counts"]["judged"] == 0);

  std::filesystem::copy_file(test::network_folder() + "/classifier.pt", shipped[1]);
  const auto judged = run({});
  INFO(judged.err);
  CHECK(judged.status == 0);
  CHECK_THAT(judged.err, Catch::Matchers::Contains("network draftstream-detector untrained-1"));
  CHECK(judged.err.find("go unnoticed") == std::string::npos);
  CHECK(summary()["networks"][0]["file"] == shipped[0]);
  CHECK(summary()["networks"][1]["file"] == shipped[1]);
  CHECK(summary()["networks_reason"].is_null());
  CHECK(summary()["counts"]["judged"] >= 2);
  CHECK(run({"--no-networks"}).status == 0);
  CHECK(summary()["counts"]["judged"] == 0);

  // Who asked for none in particular is not refused.
  const auto direct = run({"--engine", "direct"});
  CHECK(direct.status == 0);
  CHECK_THAT(direct.err, Catch::Matchers::Contains("no networks: the engine direct"));

  test::write_file(shipped[1], test::content(shipped[1]).substr(0, 100'000));
  const auto damaged = run({});
  CHECK(damaged.status == 65);
  CHECK_THAT(damaged.err, Catch::Matchers::Contains("classifier.pt: found no classifier"));
}

TEST_CASE("who is judged, and by what, can be chosen", "[app][networks]") {
  if (test::network_folder().empty()) return;
  const TemporaryFolder folder;
  auto options = both_networks();
  options.insert(options.end(), {"--config", folder.file("none.yaml")});
  test::write_file(folder.file("none.yaml"), "networks:\n  most_a_block: 0\n");
  REQUIRE(replay(folder.file("out"), options).status == 0);
  const auto counts = json_of(folder.file("out/summary.json"))["counts"];
  CHECK(counts["judged"] == 0);
  CHECK(counts["left_unjudged"] == counts["events"]);
  auto on_device = both_networks();
  on_device.insert(on_device.end(), {"--networks-device", "cuda"});
  const auto refused = replay(folder.file("out"), on_device);
  CHECK(refused.status == 78);
  CHECK_THAT(refused.err, Catch::Matchers::Contains("networks: found no CUDA device"));
}

TEST_CASE("every event carries what the networks made of it", "[app][networks]") {
  if (test::network_folder().empty()) return;
  const TemporaryFolder folder;
  auto options = both_networks();
  const auto one = replay(folder.file("one"), options);
  INFO(one.err);
  REQUIRE(one.status == 0);
  const auto events = test::lines(test::content(folder.file("one/candidates.jsonl")));
  REQUIRE(events.size() >= 2);
  for (const std::string& line : events) {
    const auto classifier = nlohmann::json::parse(line)["classifier"];
    CHECK(classifier["name"] == "draftstream-classifier");
    CHECK(classifier["version"] == "untrained-1");
    CHECK(classifier["model_sha256"].get<std::string>().size() == 64);
    CHECK(classifier["threshold"] == 0.5);
    CHECK(classifier["device"] == "cpu");
    CHECK(classifier["label"] != "unjudged");
    for (const char* score : {"detector_score", "classifier_score", "probability"}) {
      CHECK((classifier[score] > 0.0 && classifier[score] < 1.0));
    }
  }
  const auto summary = json_of(folder.file("one/summary.json"));
  CHECK(summary["counts"]["judged"] == events.size());
  REQUIRE(summary["networks"].size() == 2);
  CHECK(summary["networks"][0]["kind"] == "detector");
  CHECK(summary["stage_s"]["infer"] > 0.0);

  // The same candidates as without.
  REQUIRE(replay(folder.file("plain"), {"--no-networks"}).status == 0);
  const auto plain = test::rows(folder.file("plain/candidates.csv"), 7);
  CHECK(plain == test::rows(folder.file("one/candidates.csv"), 7));
}

TEST_CASE("verdicts do not depend on chunks and threads", "[app][networks][property]") {
  if (test::network_folder().empty()) return;
  const TemporaryFolder folder;
  // Noise as well: more in a block than are judged, and more than a batch of tiles.
  test::write_file(folder.file("some.yaml"), "networks:\n  most_a_block: 11\n");
  const auto verdicts = [&](const std::string& threads, const std::string& chunk) {
    auto options = both_networks();
    options.insert(options.end(), {"--config", folder.file("some.yaml"), "--threshold", "3.5",
                                   "--threads", threads, "--chunk-samples", chunk, "--quiet"});
    REQUIRE(replay(folder.file("out"), options).status == 0);
    std::vector<nlohmann::json> all;
    for (const std::string& line :
         test::lines(test::content(folder.file("out/candidates.jsonl")))) {
      const auto event = nlohmann::json::parse(line);
      all.push_back({event["event_id"], event["signal"], event["classifier"], event["products"]});
    }
    const auto counts = json_of(folder.file("out/summary.json"))["counts"];
    all.push_back({counts["judged"], counts["left_unjudged"], counts["finds"]});
    return all;
  };
  const auto reference = verdicts("1", "1000000");
  REQUIRE(reference.back()[0] > 20);
  REQUIRE(reference.back()[1] > 0);
  for (const auto& [threads, chunk] : {std::pair{"1", "256"}, {"2", "777"}, {"3", "5000"}}) {
    INFO(threads << " threads, chunks of " << chunk);
    CHECK(verdicts(threads, chunk) == reference);
  }
}
