// Plots of a run. Runs the real executable.
#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "publishers/candidate_reader.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/app/two_bursts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_data.hpp"

using namespace draftstream;
using test::content;
using test::TemporaryFolder;
using test::two_bursts;
namespace fs = std::filesystem;

namespace {

nlohmann::json summary_of(const std::string& out) {
  return nlohmann::json::parse(content(out + "/summary.json"));
}

void replay(const std::string& recording, const std::string& out,
            const std::vector<std::string>& more) {
  const auto result =
      test::run_draftstream(test::replay_arguments(recording, out, more, test::without_networks));
  INFO(result.err);
  REQUIRE(result.status == 0);
}

// Pictures of all blocks.
std::size_t files_in(const std::string& out) {
  if (!fs::exists(out + "/chunks")) return 0;
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator{out + "/chunks"}) {
    files += entry.is_regular_file() ? 1 : 0;
  }
  return files;
}

std::string block_of(const std::string& out, const CandidateRow& row) {
  const std::string number = std::to_string(row.chunk.value());
  return out + "/chunks/chunk" + std::string(number.size() < 3 ? 3 - number.size() : 0, '0') +
         number;
}

}  // namespace

TEST_CASE("blocks with candidates have their pictures, others have none", "[app][plots][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  replay(two_bursts(), out, {"--plots", "candidates"});
  const auto rows = read_candidates(out + "/candidates.csv");
  REQUIRE(rows.size() >= 2);
  std::set<std::string> blocks;
  for (const CandidateRow& row : rows) {
    const std::string block = block_of(out, row);
    blocks.insert(fs::path{block}.filename());
    for (const char* kind :
         {"Composite", "Detections", "waterfall_dispersion", "waterfall_dedispersion"}) {
      CAPTURE(block, kind);
      CHECK(fs::file_size(block + "/" + kind + "/sky_slice000_band0.png") > 10'000);
    }
    CHECK(fs::file_size(block + "/Patches/" + row.event_id + ".png") > 10'000);
  }
  for (const auto& entry : fs::directory_iterator{out + "/chunks"}) {
    CHECK(blocks.count(entry.path().filename()) == 1);
  }
  CHECK(fs::file_size(out + "/overview.png") > 5000);
  const auto plots = summary_of(out).at("plots");
  CHECK(plots.at("made").get<std::size_t>() >= blocks.size() + 1);
  CHECK(plots.at("pictures") == files_in(out) + 1);
  CHECK(plots.at("skipped") == 0);
  CHECK(plots.at("failed") == 0);

  // Replaced by a run that draws none.
  replay(two_bursts(), out, {});
  CHECK_FALSE(fs::exists(out + "/chunks"));
  CHECK_FALSE(fs::exists(out + "/overview.png"));
  CHECK(summary_of(out).at("plots").is_null());
}

TEST_CASE("slices of a block are told beside chunks, if asked for", "[app][plots][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  const auto result =
      test::run_draftstream({"replay", two_bursts(), "-o", out, "--dm", "0:600", "--no-networks",
                             "--plots", "candidates", "--log-chunks"});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  std::size_t slices = 0;
  for (const std::string& line : test::lines(result.err)) {
    const auto end = line.find(" to draw");
    if (end == std::string::npos) continue;
    const auto begin = line.rfind(": ", end) + 2;
    const auto told = static_cast<std::size_t>(std::stoi(line.substr(begin)));
    CHECK(line.substr(begin, end - begin) ==
          std::to_string(told) + (told == 1 ? " slice" : " slices"));
    slices += told;
  }
  std::size_t drawn = 0;
  for (const auto& block : fs::directory_iterator{out + "/chunks"}) {
    for (const auto& picture : fs::directory_iterator{block.path() / "Composite"}) {
      drawn += picture.is_regular_file() ? 1 : 0;
    }
  }
  CHECK(drawn >= 2);
  CHECK(slices == drawn);
}

TEST_CASE("plots change no candidate", "[app][plots][e2e][property]") {
  const TemporaryFolder folder;
  replay(two_bursts(), folder.file("without"), {"--threshold", "6"});
  const auto expected = test::rows(folder.file("without/candidates.csv"), 0);
  REQUIRE(expected.size() >= 3);
  for (const std::string choice : {"candidates", "all"}) {
    CAPTURE(choice);
    const std::string out = folder.file(choice);
    replay(two_bursts(), out, {"--threshold", "6", "--plots", choice, "--threads", "3"});
    CHECK(test::rows(out + "/candidates.csv", 0) == expected);
  }
  // Every block has a picture: 24 s in blocks of about a second.
  std::size_t blocks = 0;
  for (const auto& entry : fs::directory_iterator{folder.file("all/chunks")}) {
    CHECK_FALSE(fs::is_empty(entry.path() / "Composite"));
    ++blocks;
  }
  CHECK(blocks >= 20);
}

TEST_CASE("what may not wait is skipped, what is too much of a block is left out",
          "[app][plots][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  test::write_file(folder.file("few.yaml"),
                   "output: {most_plots_per_block: 1, plots_end_s: 0, plots: all}\n");
  replay(two_bursts(), out,
         {"--threshold", "6", "--config", folder.file("few.yaml"), "--chunk-samples", "24000"});
  const auto plots = summary_of(out).at("plots");
  // One block, which is complete at the end, when no time is left; the overview is drawn.
  CHECK(plots.at("skipped") == 1);
  CHECK(plots.at("made") == 1);
  CHECK(plots.at("left_out").get<int>() >= 1);
  CHECK(files_in(out) == 0);
  CHECK(fs::exists(out + "/overview.png"));
}

TEST_CASE("the engine direct has its plots, too", "[app][plots][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  replay(two_bursts(), out, {"--plots", "candidates", "--engine", "direct"});
  const auto rows = read_candidates(out + "/candidates.csv");
  REQUIRE_FALSE(rows.empty());
  CHECK(fs::file_size(block_of(out, rows[0]) + "/Composite/sky_slice000_band0.png") > 10'000);
  CHECK_FALSE(fs::exists(block_of(out, rows[0]) + "/Patches"));  // nothing was looked at
}

TEST_CASE("a stream is drawn while it comes", "[app][plots][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  const auto result = test::run_draftstream({"live", "file:" + two_bursts(), "-o", out, "--dm",
                                             "0:600", "--no-networks", "--quiet", "--publish",
                                             "tcp://127.0.0.1:*", "--plots", "candidates"});
  INFO(result.err);
  REQUIRE(result.status == 0);
  const auto rows = read_candidates(out + "/candidates.csv");
  REQUIRE(rows.size() >= 2);
  const auto plots = summary_of(out).at("plots");
  INFO(plots.dump());
  CHECK(plots.at("failed") == 0);
  CHECK(plots.at("made").get<int>() + plots.at("skipped").get<int>() >= 3);
  CHECK(fs::exists(out + "/overview.png"));
}

TEST_CASE("the burst of a real recording is drawn", "[app][plots][e2e]") {
  const auto recording = test::test_data("your_28.fil");
  if (!recording) {
    WARN("skipped: your_28.fil is not among the test data");
    return;
  }
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  replay(*recording, out, {"--plots", "candidates"});
  const auto rows = read_candidates(out + "/candidates.csv");
  REQUIRE(rows.size() == 1);
  CHECK(block_of(out, rows[0]) == out + "/chunks/chunk002");
  CHECK(files_in(out) == 5);
  CHECK(fs::file_size(out + "/chunks/chunk002/Composite/your_28_slice000_band0.png") > 50'000);
}
