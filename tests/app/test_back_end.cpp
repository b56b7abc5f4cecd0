// What --backend makes of a machine with and without a CUDA device. Runs the real executable.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "app/back_end.hpp"
#include "engine/cuda/tree_device.hpp"
#include "ingest/errors.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using draftstream::test::content;
using draftstream::test::run_draftstream;
using draftstream::test::TemporaryFolder;
using nlohmann::json;

namespace {

// A second of noise with one burst.
std::string small_sky(const TemporaryFolder& folder) {
  const std::string path = folder.file("sky.fil");
  const auto made =
      run_draftstream({"simulate", path, "--nchans", "32", "--tsamp", "1e-3", "--duration", "6",
                       "--seed", "5", "--burst", "dm=50,t=2.5,width_ms=8,snr=30"});
  REQUIRE(made.status == 0);
  return path;
}

}  // namespace

TEST_CASE("auto takes what there is, and says why", "[app][back_end][e2e]") {
  const TemporaryFolder folder;
  const std::string sky = small_sky(folder);
  const CudaPresence cuda = cuda_presence();
  for (const std::string asked : {"auto", "cpu"}) {
    CAPTURE(asked);
    const auto result = run_draftstream(
        {"replay", sky, "-o", folder.file(asked), "--dm", "0:100", "--backend", asked});
    CAPTURE(result.err);
    REQUIRE(result.status == 0);
    const json summary = json::parse(content(folder.file(asked) + "/summary.json"));
    const bool on_device = asked == "auto" && cuda.usable;
    CHECK(summary.at("backend") == (on_device ? "cuda" : "cpu"));
    CHECK(summary.at("backend_reason") == (asked == "auto" ? cuda.words : "asked for"));
  }
  CHECK(content(folder.file("auto/candidates.csv")) == content(folder.file("cpu/candidates.csv")));
}

TEST_CASE("cuda that cannot be had is refused before anything is done", "[app][back_end][e2e]") {
  const CudaPresence cuda = cuda_presence();
  const TemporaryFolder folder;
  const std::string sky = small_sky(folder);
  const auto result = run_draftstream(
      {"replay", sky, "-o", folder.file("out"), "--dm", "0:100", "--backend", "cuda"});
  CAPTURE(result.err);
  if (cuda.usable) {
    CHECK(result.status == 0);
    return;
  }
  CHECK(result.status == 78);
  CHECK(result.err == "draftstream: backend cuda: " + cuda.words + "\n");
  CHECK_FALSE(std::filesystem::exists(folder.file("out")));
}

TEST_CASE("the engine direct has no other back end", "[app][back_end]") {
  Settings settings;
  settings.search.engine = EngineKind::direct;
  CHECK(choose_back_end(settings).back_end == BackEnd::cpu);
  CHECK_THAT(choose_back_end(settings).reason, ContainsSubstring("engine direct"));
  settings.backend = "cuda";
  CHECK_THROWS_AS(choose_back_end(settings), ConfigError);
  CHECK_THROWS_WITH(choose_back_end(settings), "backend cuda: found engine direct, expected tree");
}
