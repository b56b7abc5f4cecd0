// What is kept of scenes by networks that say the same of everything.
#include "training/hard_examples.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "publishers/cutouts/cutout_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "training/example_use.hpp"

using namespace draftstream;

namespace {

constexpr std::size_t few = 16;  // scenes

class Constant final : public InferenceModel {
 public:
  Constant(float logit) : logit_{logit} {}
  [[nodiscard]] const std::string& metadata() const override { return none_; }
  [[nodiscard]] const std::string& metadata_sha256() const override { return none_; }
  [[nodiscard]] const std::string& weights_sha256() const override { return none_; }
  void run(std::span<const std::uint8_t> /*inputs*/, std::size_t /*count*/,
           std::span<float> outputs) override {
    std::fill(outputs.begin(), outputs.end(), logit_);
  }

 private:
  float logit_;
  std::string none_;
};

Networks networks(float detector, float classifier) {
  Networks both;
  both.detector.model = std::make_shared<Constant>(detector);
  both.detector.info.find_threshold = 0.9999;
  both.classifier.model = std::make_shared<Constant>(classifier);
  both.classifier.info.sha256 = "of the classifier";
  return both;
}

TrainingSetOptions scenes(std::uint64_t first, std::size_t count) {
  TrainingSetOptions options;
  options.first_seed = first;
  options.scenes = count;
  options.threads = 2;
  return options;
}

std::vector<CutoutInfo> rows(const std::string& file) {
  const auto store = open_cutout_store(file);
  return store->infos(0, store->size());
}

std::size_t count(const std::vector<CutoutInfo>& infos, const char* label) {
  return static_cast<std::size_t>(std::count_if(
      infos.begin(), infos.end(), [&](const CutoutInfo& info) { return info.label == label; }));
}

// One for all sections: making it takes seconds.
const std::string& all_examples() {
  static const test::TemporaryFolder folder;
  static const std::string file = [] {
    make_training_set(folder.file("all.h5"), scenes(1, few));
    return folder.file("all.h5");
  }();
  return file;
}

}  // namespace

TEST_CASE("what networks get wrong is kept, and nothing else", "[training][hard_examples]") {
  const test::TemporaryFolder folder;
  auto expected = rows(all_examples());
  std::erase_if(expected, [](const CutoutInfo& info) {
    return use_of(*info.seed) == ExampleUse::validation || info.label == training_label::scene ||
           info.label == training_label::empty;
  });
  REQUIRE(count(expected, training_label::burst) > 3);

  SECTION("to whom all is a burst, the others are hard") {
    const std::string file = folder.file("hard.h5");
    const auto counts = add_hard_examples(file, scenes(1, few), networks(5.0F, 5.0F));
    const auto found = rows(file);
    CHECK(count(found, training_label::burst) == 0);
    CHECK(count(found, training_label::no_burst) == count(expected, training_label::no_burst));
    CHECK(counts.patches == count(found, training_label::no_burst));
    CHECK(counts.scenes == few);
    for (const CutoutInfo& info : found) {
      CHECK(use_of(*info.seed) == ExampleUse::training);
      if (info.label == training_label::truth) continue;
      CHECK(info.classifier_score.value() > 0.99);
      CHECK(info.model_sha256 == "of the classifier");
    }
  }
  SECTION("to whom nothing is a burst, bursts are hard, and each has a tile") {
    const std::string file = folder.file("hard.h5");
    add_hard_examples(file, scenes(1, few), networks(-5.0F, -5.0F));
    const auto found = rows(file);
    CHECK(count(found, training_label::no_burst) == 0);
    CHECK(count(found, training_label::burst) == count(expected, training_label::burst));
    std::vector<std::uint64_t> seeds;
    for (const CutoutInfo& info : found) {
      if (info.has_tile) seeds.push_back(*info.seed);
    }
    for (const CutoutInfo& info : found) {
      if (info.label != training_label::burst) continue;
      CHECK(std::find(seeds.begin(), seeds.end(), *info.seed) != seeds.end());
    }
    // The bursts of a scene are told whole, and those of other scenes not at all.
    for (const CutoutInfo& truth : expected) {
      if (truth.label != training_label::truth) continue;
      const bool kept = std::find(seeds.begin(), seeds.end(), *truth.seed) != seeds.end();
      CHECK(kept == (std::find(found.begin(), found.end(), truth) != found.end()));
    }
  }
  SECTION("one of two networks that is wrong is enough") {
    const std::string file = folder.file("hard.h5");
    add_hard_examples(file, scenes(1, few), networks(-5.0F, 5.0F));
    CHECK(rows(file).size() == expected.size() - [&] {
      std::size_t alone = 0;  // truths of scenes without a candidate
      for (const CutoutInfo& info : expected) {
        alone += std::none_of(expected.begin(), expected.end(), [&](const CutoutInfo& other) {
          return other.seed == info.seed && other.label != training_label::truth;
        });
      }
      return alone;
    }());
  }
  SECTION("rules that nobody breaks keep nothing") {
    const std::string file = folder.file("hard.h5");
    add_hard_examples(file, scenes(1, few), networks(0.0F, 0.0F), {1.1, -0.1});
    CHECK(rows(file).empty());
  }
}

TEST_CASE("hard examples come after what is there, whatever the threads",
          "[training][hard_examples]") {
  const test::TemporaryFolder folder;
  const std::string one = folder.file("one.h5");
  const std::string two = folder.file("two.h5");
  make_training_set(one, scenes(1, 2));
  std::filesystem::copy_file(one, two);
  const auto before = rows(one);
  auto options = scenes(3, 8);
  options.threads = 1;
  add_hard_examples(one, options, networks(5.0F, 5.0F));
  // Stopped after the first scenes, and gone on with.
  options.threads = 2;
  options.scenes = 4;
  add_hard_examples(two, options, networks(5.0F, 5.0F));
  options.scenes = 8;
  add_hard_examples(two, options, networks(5.0F, 5.0F));
  const auto after = rows(one);
  REQUIRE(after.size() > before.size());
  CHECK(std::equal(before.begin(), before.end(), after.begin()));
  CHECK(after == rows(two));
}
