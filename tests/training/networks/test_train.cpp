// From a seed to a network: a small training set, a short training, a file that a search loads.
#include "training/networks/train.hpp"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "engine/infer/band_delays.hpp"
#include "engine/infer/network.hpp"
#include "ingest/errors.hpp"
#include "publishers/cutouts/cutout_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_networks.hpp"
#include "training/networks/examples.hpp"
#include "training/scene_recording.hpp"
#include "training/scenes.hpp"
#include "training/training_set.hpp"

namespace draftstream {
namespace {

TrainingSetOptions scenes(std::uint64_t first, std::size_t count, unsigned threads) {
  TrainingSetOptions options;
  options.first_seed = first;
  options.scenes = count;
  options.threads = threads;
  return options;
}

// One for all tests: making it takes seconds.
const std::string& training_set() {
  static const test::TemporaryFolder folder;
  static const std::string file = [] {
    std::string name = folder.file("set.h5");
    make_training_set(name, scenes(1, 40, 2));
    return name;
  }();
  return file;
}

std::vector<CutoutInfo> all_infos(const std::string& file) {
  const auto store = open_cutout_store(file);
  return store->infos(0, store->size());
}

}  // namespace

TEST_CASE("a training set has bursts as they were put in, and candidates", "[training][networks]") {
  const TrainingRows rows = read_training_rows(training_set());
  CHECK(rows.tiles.size() > 10);
  CHECK(rows.patches.size() > rows.tiles.size());
  CHECK(std::any_of(rows.patches.begin(), rows.patches.end(), [](auto& p) { return p.burst; }));
  CHECK(std::any_of(rows.patches.begin(), rows.patches.end(), [](auto& p) { return !p.burst; }));
  std::size_t with_tile = 0;
  for (const TrainingRows::Patch& patch : rows.patches) {
    if (!patch.tile) continue;
    ++with_tile;
    // A candidate lies in the middle part of its tile.
    CHECK(patch.point.pixel >= 64.0);
    CHECK(patch.point.pixel <= 192.0);
    CHECK(rows.tiles[*patch.tile].seed == patch.seed);
    if (!patch.burst) continue;
    // And a burst of its scene is where it lies.
    const auto& pulses = rows.tiles[*patch.tile].pulses;
    const bool there = std::any_of(pulses.begin(), pulses.end(), [&](const TilePulse& pulse) {
      return std::abs(pulse.pixel - patch.point.pixel) <= 4.0 + 2.0 * pulse.width_pixels &&
             std::abs(pulse.row - patch.point.row) <= 4.0 + 4.0 * pulse.width_rows;
    });
    CHECK(there);
  }
  CHECK(with_tile > rows.patches.size() / 2);
}

// Seeds of scenes() are 1 to 40.
TEST_CASE("a training set tells of each scene without bursts how many tiles it has",
          "[training][networks]") {
  const TrainingRows rows = read_training_rows(training_set());
  std::size_t empty = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Scene scene = draw_scene(seed);
    const auto same = [&](const auto& one) { return one.seed == seed; };
    const auto found = std::find_if(rows.empty_scenes.begin(), rows.empty_scenes.end(), same);
    CHECK((found != rows.empty_scenes.end()) == scene.sky.bursts.empty());
    for (const TrainingRows::Patch& patch : rows.patches) {
      if (patch.seed == seed) CHECK(patch.in_empty_scene == scene.sky.bursts.empty());
    }
    if (found == rows.empty_scenes.end()) continue;
    ++empty;
    // As much of the plane of time and sweep as one could cover with tiles.
    const double samples = std::floor(scene.sky.duration / scene.sky.tsamp + 0.5);
    const FrequencyAxis band = simulate_scene(scene).truth.frequency;
    const double sweep = BandDelays{band, scene.sky.tsamp}.sweep(scene.dm_max);
    CHECK(sweep <= samples);
    CHECK(found->tiles ==
          Approx((samples - sweep / 2.0) * sweep / (2048.0 * 1024.0)).epsilon(1e-3));
  }
  CHECK(empty > 5);
  CHECK(rows.empty_scenes.size() == empty);
}

TEST_CASE("a training set does not depend on threads, nor on interruptions",
          "[training][networks]") {
  const test::TemporaryFolder folder;
  const std::string file = folder.file("set.h5");
  make_training_set(file, scenes(1, 7, 1));
  const TrainingSetCounts more = make_training_set(file, scenes(1, 10, 2));
  CHECK(more.scenes == 3);
  CHECK(make_training_set(file, scenes(1, 10, 2)).scenes == 0);
  const std::vector<CutoutInfo> found = all_infos(file);
  std::vector<CutoutInfo> expected = all_infos(training_set());
  std::erase_if(expected, [](const CutoutInfo& info) { return *info.seed > 10; });
  const bool same = found == expected;
  CHECK(same);
}

TEST_CASE("a trained network says what it is, and can be loaded", "[training][networks]") {
  const std::string networks = test::network_folder();
  if (networks.empty()) return;
  const test::TemporaryFolder folder;
  TrainRequest request;
  request.examples = training_set();
  request.version = "test-1";
  request.fit.epochs = 2;
  request.fit.batch = 8;
  request.fit.threads = 1;
  std::string detector;
  for (const NetworkKind kind : {NetworkKind::detector, NetworkKind::classifier}) {
    request.kind = kind;
    request.architecture = networks + "/" + name(kind) + ".pt";
    request.output = folder.file(std::string{name(kind)} + ".pt");
    request.detector = detector;
    std::vector<double> losses;
    const TrainResult result =
        train(request, [&](const FitProgress& progress) { losses.push_back(progress.loss); });
    CHECK(result.epochs == 2);
    REQUIRE(losses.size() == 2);
    CHECK(losses[1] < losses[0]);
    const auto metadata = nlohmann::json::parse(result.metadata);
    CHECK(metadata.at("version") == "test-1");
    CHECK(metadata.at("training").at("examples") == result.training);
    CHECK(metadata.at("figures").at(name(kind)).size() == 2);
    const Network network = load_network(request.output, kind);
    CHECK(network.info.version == "test-1");
    CHECK(network.info.scale == metadata.at("calibration").at("scale"));
    std::ifstream card{folder.file(std::string{name(kind)} + ".md")};
    const std::string text{std::istreambuf_iterator<char>{card}, {}};
    CHECK_THAT(text, ContainsSubstring("test-1"));
    CHECK_THAT(text, ContainsSubstring("`weights_sha256` " + network.info.weights_sha256 + "."));
    CHECK_THAT(text, ContainsSubstring("| false a tile |"));
    detector = request.output.string();

    // Calibrated again, it is the same network.
    TrainRequest calibrating = request;
    calibrating.architecture = request.output;
    calibrating.output = folder.file(std::string{"again_"} + name(kind) + ".pt");
    calibrating.fit.epochs = 0;
    const auto again = nlohmann::json::parse(train(calibrating).metadata);
    CHECK(again.at("training") == metadata.at("training"));
    CHECK(again.at("weights_sha256") == metadata.at("weights_sha256"));
    CHECK(again.at("calibration") == metadata.at("calibration"));
  }
}

TEST_CASE("training refuses what it cannot use", "[training][networks]") {
  const std::string networks = test::network_folder();
  if (networks.empty()) return;
  const test::TemporaryFolder folder;
  TrainRequest request;
  request.output = folder.file("out.pt");
  request.examples = training_set();
  request.architecture = folder.file("none.pt");
  CHECK_THROWS_AS(train(request), MissingInput);
  request.architecture = folder.file("text.pt");
  std::ofstream{request.architecture} << "not a network";
  CHECK_THROWS_AS(train(request), InputError);
  request.architecture = networks + "/classifier.pt";  // for a detector
  CHECK_THROWS_AS(train(request), InputError);
  request.architecture = networks + "/detector.pt";
  request.examples = folder.file("none.h5");
  CHECK_THROWS_AS(train(request), MissingInput);
  CHECK_FALSE(std::filesystem::exists(request.output));
}

}  // namespace draftstream
