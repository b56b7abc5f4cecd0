// What replay keeps of its candidates. Runs the real executable.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "publishers/candidate_reader.hpp"
#include "publishers/cutouts/cutout_store.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/app/two_bursts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_networks.hpp"

using namespace draftstream;
using test::content;
using test::lines;
using test::TemporaryFolder;
using test::two_bursts;

namespace {

nlohmann::json json_of(const std::string& path) {
  return nlohmann::json::parse(content(path));
}

// Rows of a store by the events that they are of.
std::map<std::string, CutoutInfo> kept_in(const std::string& folder) {
  const auto store = open_cutout_store(folder + "/cutouts.h5");
  std::map<std::string, CutoutInfo> kept;
  for (std::size_t row = 0; row < store->size(); ++row) {
    const CutoutInfo info = store->info(row);
    CHECK(info.has_tile);
    CHECK(info.has_patch);
    std::vector<std::byte> tile(store->format().tile->bytes());
    CHECK_NOTHROW(store->read(row, CutoutPart::tile, tile));
    kept.emplace(info.event_id, info);
  }
  CHECK(kept.size() == store->size());
  return kept;
}

// Whole lines only: a program that was killed may leave half of one.
std::vector<std::string> whole_lines(const std::string& path) {
  const std::string text = content(path);
  return lines(text.substr(0, text.rfind('\n') + 1));
}

}  // namespace

TEST_CASE("every event has its cutout", "[app][cutouts][e2e]") {
  const TemporaryFolder folder;
  const bool judged = GENERATE(false, true);
  std::vector<std::string> more{"--quiet"};
  if (judged) {
    const std::string networks = test::network_folder();
    if (networks.empty()) return;
    more.insert(more.end(), {"--detector", networks + "/detector.pt", "--classifier",
                             networks + "/classifier.pt"});
  } else {
    more.emplace_back("--no-networks");
  }
  const auto result =
      test::run_draftstream(test::replay_arguments(two_bursts(), folder.file("out"), more));
  INFO(result.err);
  REQUIRE(result.status == 0);
  const auto kept = kept_in(folder.file("out"));
  const auto rows = read_candidates(folder.file("out/candidates.csv"));
  REQUIRE(rows.size() >= 2);
  REQUIRE(kept.size() == rows.size());
  for (const CandidateRow& row : rows) {
    REQUIRE(kept.count(row.event_id) == 1);
    const CutoutInfo& info = kept.at(row.event_id);
    CHECK(info.snr == row.snr);
    CHECK(info.dm_pc_cm3 == row.dm_pc_cm3);
    CHECK(info.sample_index == row.sample_index);
    CHECK(info.file == two_bursts());
    CHECK(info.label == row.label);
    CHECK(info.classifier_score == row.classifier_score);
    CHECK(info.model_sha256.empty() == !judged);
  }
  std::size_t number = 0;
  for (const std::string& line : lines(content(folder.file("out/candidates.jsonl")))) {
    const auto products = nlohmann::json::parse(line).at("products");
    REQUIRE(products.size() == 1);
    CHECK(products[0].at("kind") == "cutout");
    CHECK(products[0].at("uri") == "cutouts.h5#" + std::to_string(number++));
  }
  CHECK(json_of(folder.file("out/summary.json")).at("cutouts") == rows.size());

  const auto shown = test::run_draftstream(
      {"cutouts", "show", folder.file("out/cutouts.h5"), "0", "--png", folder.file("first.png")});
  CHECK(shown.status == 0);
  CHECK(std::filesystem::file_size(folder.file("first.png")) > 1000);

  const auto drawn = test::run_draftstream(
      {"cutouts", "show", folder.file("out/cutouts.h5"), "0", "--page", folder.file("page.pdf")});
  CHECK(drawn.status == 0);
  CHECK(test::content(folder.file("page.pdf")).rfind("%PDF", 0) == 0);
}

TEST_CASE("a recording is summed up: chunks, candidates, bursts, highest probability",
          "[app][replay][e2e]") {
  const std::string networks = test::network_folder();
  if (networks.empty()) return;
  const TemporaryFolder folder;
  const auto result = test::run_draftstream(test::replay_arguments(
      two_bursts(), folder.file("out"),
      {"--detector", networks + "/detector.pt", "--classifier", networks + "/classifier.pt"}));
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  std::uint64_t bursts = 0;
  double highest = 0.0;
  for (const std::string& line : lines(content(folder.file("out/candidates.jsonl")))) {
    const auto classifier = nlohmann::json::parse(line).at("classifier");
    if (classifier.at("label") == "burst") ++bursts;
    if (!classifier.at("probability").is_null()) {
      highest = std::max(highest, classifier.at("probability").get<double>());
    }
  }
  REQUIRE(highest > 0.0);
  const auto summary = json_of(folder.file("out/summary.json"));
  const auto& counts = summary.at("counts");
  CHECK(counts.at("bursts") == bursts);
  CHECK(counts.at("highest_probability") == highest);
  CHECK(counts.at("chunks").get<double>() ==
        std::ceil(summary.at("rates").at("data_s").get<double>()));
  const std::string last = lines(result.err).at(lines(result.err).size() - 3);
  CHECK_THAT(last, Catch::Matchers::Contains("bursts among them, highest probability") ||
                       Catch::Matchers::Contains("1 burst among them, highest probability"));
}

TEST_CASE("cutouts do not depend on chunks and threads", "[app][cutouts][e2e][property]") {
  const TemporaryFolder folder;
  const auto array_bytes = [&](const std::string& out, const std::vector<std::string>& more) {
    REQUIRE(test::run_draftstream(test::replay_arguments(two_bursts(), folder.file(out), more))
                .status == 0);
    const auto store = open_cutout_store(folder.file(out + "/cutouts.h5"));
    std::vector<std::vector<std::byte>> all;
    for (std::size_t row = 0; row < store->size(); ++row) {
      for (const CutoutPart part : cutout_parts) {
        all.emplace_back(store->format().of(part)->bytes());
        store->read(row, part, all.back());
      }
    }
    return all;
  };
  const auto one = array_bytes("one", {"--quiet", "--threads", "1"});
  REQUIRE(one.size() >= 4);
  CHECK(array_bytes("two", {"--quiet", "--threads", "3", "--chunk-samples", "333"}) == one);
}

TEST_CASE("whoever wants no cutouts gets none, nor an earlier run's", "[app][cutouts][e2e]") {
  const TemporaryFolder folder;
  REQUIRE(
      test::run_draftstream(test::replay_arguments(two_bursts(), folder.file("out"), {"--quiet"}))
          .status == 0);
  REQUIRE(std::filesystem::exists(folder.file("out/cutouts.h5")));
  const std::string with = content(folder.file("out/candidates.csv"));
  REQUIRE(test::run_draftstream(
              test::replay_arguments(two_bursts(), folder.file("out"), {"--quiet", "--no-cutouts"}))
              .status == 0);
  CHECK_FALSE(std::filesystem::exists(folder.file("out/cutouts.h5")));
  CHECK(json_of(folder.file("out/summary.json")).at("cutouts").is_null());
  CHECK(content(folder.file("out/candidates.csv")) == with);
  for (const std::string& line : lines(content(folder.file("out/candidates.jsonl")))) {
    CHECK(nlohmann::json::parse(line).at("products").empty());
  }
}

TEST_CASE("the engine direct keeps none, and says so", "[app][cutouts][e2e]") {
  const TemporaryFolder folder;
  const auto result = test::run_draftstream(
      {"replay", two_bursts(), "-o", folder.file("out"), "--engine", "direct"});
  CHECK(result.status == 0);
  CHECK_THAT(result.err, ContainsSubstring("no cutouts: the engine direct"));
  CHECK_FALSE(std::filesystem::exists(folder.file("out/cutouts.h5")));
}

TEST_CASE("a store that is no run's is not replaced", "[app][cutouts][e2e]") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("out"));
  const std::string path = folder.file("out/cutouts.h5");
  SECTION("a training set") {
    const auto writer =
        make_cutout_writer(path, StoreKind::hdf5, default_cutout_format(), Existing::replace);
    writer->append({});  // of no event
    writer->close();
  }
  SECTION("no store at all") {
    test::write_file(path, "mine");
  }
  const std::string before = content(path);
  for (const char* option : {"--quiet", "--no-cutouts"}) {
    const auto result =
        test::run_draftstream(test::replay_arguments(two_bursts(), folder.file("out"), {option}));
    CHECK(result.status == 2);
    CHECK_THAT(result.err, ContainsSubstring("cutouts.h5: found a file that is no result"));
    CHECK(content(path) == before);
  }
}

// A shell ignores the signal that the limit sends, and the system says so instead.
TEST_CASE("a disk that is full ends the run; what was found is kept", "[app][cutouts][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  const auto arguments = test::replay_arguments(two_bursts(), out, {"--quiet", "--threshold", "5"});
  std::string line = "trap '' XFSZ; ulimit -f 4000; exec '" + test::program_path() + "'";
  for (const std::string& argument : arguments) line += " '" + argument + "'";
  const auto result = test::run_program("/bin/sh", {"-c", line});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, ContainsSubstring("cutouts.h5: "));
  CHECK_THAT(result.err, ContainsSubstring("File too large"));
  const auto summary = json_of(out + "/summary.json");
  CHECK(summary.at("status") == "failed");
  const auto kept = kept_in(out);
  const auto rows = read_candidates(out + "/candidates.csv");
  CHECK(rows.size() >= 3);
  CHECK(summary.at("cutouts") == rows.size());
  for (const CandidateRow& row : rows) CHECK(kept.count(row.event_id) == 1);
}

// DRAFTSTREAM_KILLS says how often.
TEST_CASE("a killed run leaves a cutout of each event it told of", "[app][cutouts][e2e][kill]") {
  const char* const wanted = std::getenv("DRAFTSTREAM_KILLS");
  const int kills = wanted == nullptr ? 5 : std::atoi(wanted);
  REQUIRE(kills > 0);
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  // Many candidates, most of them noise.
  const auto arguments = test::replay_arguments(
      two_bursts(), out,
      {"--threshold", "4", "--publish", "ipc://" + folder.file("topic"), "--quiet"});
  REQUIRE(test::run_draftstream(arguments).status == 0);
  const std::size_t events = lines(content(out + "/candidates.jsonl")).size();
  REQUIRE(events > 50);
  std::mt19937 random{20180417};
  int in_the_middle = 0;
  for (int kill = 0; kill < kills; ++kill) {
    std::filesystem::remove_all(out);
    const std::size_t at = std::uniform_int_distribution<std::size_t>{0, events - 1}(random);
    const std::chrono::microseconds later{std::uniform_int_distribution<int>{0, 3000}(random)};
    CAPTURE(kill, at, later.count());
    test::Program program{test::program_path(), arguments};
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{5};
    while (lines(content(out + "/candidates.jsonl")).size() < at) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      std::this_thread::sleep_for(std::chrono::microseconds{200});
    }
    std::this_thread::sleep_for(later);
    program.signal(SIGKILL);
    (void)program.wait();

    const auto told = whole_lines(out + "/candidates.jsonl");
    const auto rows = whole_lines(out + "/candidates.csv");
    if (told.empty() && !std::filesystem::exists(out + "/cutouts.h5")) continue;
    if (told.size() < events) ++in_the_middle;
    const auto kept = kept_in(out);
    for (const std::string& event : told) {
      const auto json = nlohmann::json::parse(event);
      CHECK(kept.count(json.at("event_id").get<std::string>()) == 1);
    }
    for (std::size_t i = 1; i < rows.size(); ++i) {
      CHECK(kept.count(rows[i].substr(0, rows[i].find(','))) == 1);
    }
  }
  CHECK(in_the_middle > 0);
}
