// `evaluate --model` with untrained networks, whose figures mean nothing: but they are all there.
#include <cmath>
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

test::ProgramResult evaluate(const std::vector<std::string>& more) {
  const std::string networks = test::network_folder();
  std::vector<std::string> arguments{"evaluate",     "--model",
                                     "--detector",   networks + "/detector.pt",
                                     "--classifier", networks + "/classifier.pt"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return test::run_draftstream(arguments);
}

nlohmann::json without_time(const std::string& text) {
  auto json = nlohmann::json::parse(text);
  REQUIRE(json["seconds"] > 0.0);
  json.erase("seconds");
  return json;
}

bool is_png(const std::string& path) {
  return test::content(path).rfind("\x89PNG", 0) == 0 && test::content(path).size() > 5000;
}

}  // namespace

TEST_CASE("two networks are evaluated, and threads change nothing",
          "[app][networks][evaluate][e2e]") {
  if (test::network_folder().empty()) return;
  const TemporaryFolder folder;
  const auto one = evaluate(
      {"--scenes", "12", "--threads", "1", "--threshold", "6", "--json", "-o", folder.file("one")});
  INFO(one.err);
  REQUIRE(one.status == 0);
  const auto json = without_time(one.out);
  CHECK(json["schema"] == "draftstream-model-evaluation/1.0.0");
  CHECK(json["detector"]["version"] == "untrained-1");
  CHECK(json["classifier"]["sha256"].get<std::string>().size() == 64);
  CHECK(json["scenes"] == 12);
  CHECK(json["threshold_snr"] == 6.0);
  const auto& all = json["tables"][0];
  CHECK(all["scenes_with_bursts"] == 8);
  CHECK(all["scenes_without"] == 4);
  CHECK(all["tiles"] > 1.0);
  REQUIRE(all["rows"].size() == 8);
  std::size_t bursts = 0;
  std::size_t found = 0;
  for (const auto& bin : all["found_by_search"]) {
    bursts += bin["of"].get<std::size_t>();
    found += bin["passed"].get<std::size_t>();
  }
  CHECK(bursts >= 4);  // some are below all bins
  CHECK(found >= bursts / 2);
  for (const auto& row : all["rows"]) {
    for (std::size_t bin = 0; bin < 6; ++bin) {
      CHECK(row["recall"][bin]["passed"] <= all["found"][bin]["passed"]);
    }
  }
  CHECK(test::content(folder.file("one/model_evaluation.json")) == one.out);
  CHECK_THAT(test::content(folder.file("one/model_evaluation.txt")),
             Catch::Matchers::Contains("All scenes: 8 scenes with bursts, 4 without"));
  for (const char* picture :
       {"roc.png", "roc_without_mimics.png", "roc_clean.png", "calibration.png"}) {
    CHECK(is_png(folder.file(std::string{"one/"} + picture)));
  }

  const auto clean =
      evaluate({"--scenes", "12", "--threshold", "6", "--interference", "0", "--json"});
  REQUIRE(clean.status == 0);
  CHECK(without_time(clean.out)["interference"] == 0.0);
  CHECK(without_time(clean.out)["tables"][2]["scenes_with_bursts"] == 8);

  const auto two = evaluate({"--scenes", "12", "--threads", "3", "--threshold", "6", "--json"});
  REQUIRE(two.status == 0);
  CHECK(without_time(two.out) == json);
  const auto other = evaluate({"--scenes", "12", "--seed", "2", "--threshold", "6", "--json"});
  REQUIRE(other.status == 0);
  CHECK(without_time(other.out) != json);
}
