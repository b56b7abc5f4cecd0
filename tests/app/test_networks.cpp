// Networks in a run of the real program: untrained ones, whose verdicts mean nothing.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/app/draftstream_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_networks.hpp"

using namespace draftstream;
using test::TemporaryFolder;

namespace {

const std::string& sky() {
  static const TemporaryFolder folder;
  static const std::string path = [] {
    const auto result = test::run_draftstream(
        {"simulate", folder.file("sky.fil"), "--nchans", "64", "--tsamp", "1e-3", "--duration",
         "20", "--seed", "7", "--burst", "dm=300,t=2.5,width_ms=4,snr=25", "--burst",
         "dm=120,t=12.25,width_ms=2,snr=18", "--quiet"});
    REQUIRE(result.status == 0);
    return folder.file("sky.fil");
  }();
  return path;
}

test::ProgramResult replay(const std::string& out, const std::vector<std::string>& more) {
  std::vector<std::string> arguments{"replay", sky(), "-o", out, "--dm", "0:600"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return test::run_draftstream(arguments);
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
  const auto result = replay(folder.file("out"), {});
  CHECK(result.status == 0);
  CHECK_THAT(result.err, Catch::Matchers::Contains("candidates stay unjudged"));
  const auto summary = json_of(folder.file("out/summary.json"));
  CHECK(summary["networks"].empty());
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

  // The same candidates as without; the same scores whatever the threads and chunks.
  REQUIRE(replay(folder.file("plain"), {}).status == 0);
  const auto plain = test::rows(folder.file("plain/candidates.csv"), 7);
  CHECK(plain == test::rows(folder.file("one/candidates.csv"), 7));
  options.insert(options.end(), {"--threads", "3", "--chunk-samples", "333"});
  REQUIRE(replay(folder.file("two"), options).status == 0);
  CHECK(test::rows(folder.file("two/candidates.csv"), 1) ==
        test::rows(folder.file("one/candidates.csv"), 1));
}
