#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "engine/infer/network.hpp"
#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file_content.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_networks.hpp"

using namespace draftstream;
using test::content;

namespace {

constexpr std::array both{NetworkKind::detector, NetworkKind::classifier};

std::string file_of(NetworkKind kind, const std::string& suffix = ".pt",
                    const std::string& prefix = "") {
  return test::network_folder() + "/" + prefix + name(kind) + suffix;
}

const std::string classifier_meta = R"({"format": "draftstream-classifier", "format_version": 1,
  "name": "n", "version": "7", "input": {"shape": [2, 64, 64], "dtype": "int8",
  "planes": ["frequency-time, dedispersed", "DM-time"]}, "output": ["logit"],
  "calibration": {"scale": 2.5, "shift": -0.25},
  "fusion": {"detector": 0.5, "classifier": 2.0, "shift": 0.125}, "threshold": 0.75})";

std::string fault_of(const std::string& json) {
  try {
    (void)read_metadata(json, sha256_of(json), NetworkKind::classifier);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("SHA-256 is that of the standard", "[engine][infer][network]") {
  CHECK(sha256_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("metadata are read", "[engine][infer][network]") {
  const NetworkInfo info =
      read_metadata(classifier_meta, sha256_of(classifier_meta), NetworkKind::classifier);
  CHECK(info.name == "n");
  CHECK(info.version == "7");
  CHECK(info.scale == 2.5);
  CHECK(info.shift == -0.25);
  CHECK(info.detector_weight == 0.5);
  CHECK(info.classifier_weight == 2.0);
  CHECK(info.fusion_shift == 0.125);
  CHECK(info.threshold == 0.75);
  CHECK(info.weights_sha256.empty());
  std::string with_hash = classifier_meta;
  with_hash.insert(1, "\"weights_sha256\": \"abc\", ");
  CHECK(read_metadata(with_hash, sha256_of(with_hash), NetworkKind::classifier).weights_sha256 ==
        "abc");
}

TEST_CASE("metadata that do not fit are refused with place and expectation",
          "[engine][infer][network]") {
  struct Row {
    const char* from;
    const char* to;
    const char* place;
  };
  for (const Row& row :
       {Row{"draftstream-classifier", "draftstream-detector", "meta.json: format: "},
        Row{"\"format_version\": 1", "\"format_version\": 2", "meta.json: format_version: "},
        Row{"[2, 64, 64]", "[2, 64, 32]", "meta.json: input/shape: "},
        Row{"int8", "uint8", "meta.json: input/dtype: "},
        Row{"DM-time", "time-DM", "meta.json: input/planes: "},
        Row{"\"scale\": 2.5", "\"scale\": null", "meta.json: calibration/scale: "},
        Row{"\"scale\": 2.5", "\"scale\": 0", "meta.json: calibration/scale: found 0"},
        Row{"\"threshold\": 0.75", "\"threshold\": 1.5", "meta.json: threshold: "},
        Row{"\"threshold\": 0.75", "\"other\": 1.5", "meta.json: threshold: found nothing"},
        Row{"\"name\": \"n\"", "\"name\": 1", "meta.json: name: "}}) {
    std::string json = classifier_meta;
    const std::string from = row.from;
    json.replace(json.find(from), from.size(), row.to);
    INFO(row.to);
    CHECK_THAT(fault_of(json), Catch::Matchers::StartsWith(row.place));
    CHECK_THAT(fault_of(json), Catch::Matchers::Contains("expected"));
  }
  for (std::size_t length = 1; length < classifier_meta.size(); ++length) {
    REQUIRE_FALSE(fault_of(classifier_meta.substr(0, length)).empty());
  }
  CHECK_THROWS_AS(read_metadata("", "", NetworkKind::classifier), InputError);
  CHECK_THROWS_AS(read_metadata(classifier_meta, sha256_of("other"), NetworkKind::classifier),
                  InputError);
}

TEST_CASE("files that hold no such network are refused", "[engine][infer][network]") {
  const test::TemporaryFolder folder;
  CHECK_THROWS_AS(load_network(folder.file("none.pt"), NetworkKind::detector), MissingInput);
  CHECK_THROWS_AS(load_network(folder.file(""), NetworkKind::detector), MissingInput);
  if (test::network_folder().empty()) return;
  const std::string good = content(file_of(NetworkKind::classifier));
  std::string damaged = good;
  damaged[damaged.find("fusion")] = 'F';
  for (const std::string& bytes :
       {std::string{}, std::string{"no network"}, damaged, good.substr(0, good.size() / 2)}) {
    std::ofstream{folder.file("bad.pt"), std::ios::binary} << bytes;
    try {
      (void)load_network(folder.file("bad.pt"), NetworkKind::classifier);
      FAIL("was not refused");
    } catch (const InputError& error) {
      INFO(error.what());
      CHECK_THAT(error.what(), Catch::Matchers::Contains("bad.pt: "));
      CHECK_THAT(error.what(), Catch::Matchers::Contains("expected"));
      CHECK(std::string{error.what()}.find('\n') == std::string::npos);
    }
  }
  CHECK_THROWS_AS(load_network(file_of(NetworkKind::classifier), NetworkKind::detector),
                  InputError);
  CHECK_THROWS_AS(load_network(file_of(NetworkKind::detector), NetworkKind::classifier),
                  InputError);
}

// Of 40 places; one in the zip archive's padding, or in comments, changes nothing.
TEST_CASE("a damaged network is refused, or is none the worse", "[engine][infer][network]") {
  if (test::network_folder().empty()) return;
  const test::TemporaryFolder folder;
  const std::string path = file_of(NetworkKind::classifier);
  const std::string good = content(path);
  const NetworkShape shape = shape_of(NetworkKind::classifier);
  std::vector<std::uint8_t> input(shape.bytes());
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<std::uint8_t>(i % 97);
  const auto logit_of = [&](const std::string& file) {
    std::vector<float> logit(1);
    load_network(file, NetworkKind::classifier).model->run(input, 1, logit);
    return logit[0];
  };
  CHECK(load_network(path, NetworkKind::classifier).info.weights_sha256.size() == 64);
  const float expected = logit_of(path);
  constexpr std::size_t places = 40;
  int by_weights = 0;
  for (std::size_t place = 0; place < places; ++place) {
    const std::size_t at = (2 * place + 1) * good.size() / (2 * places);
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x08);
    std::ofstream{folder.file("bad.pt"), std::ios::binary} << damaged;
    INFO("byte " << at);
    try {
      const float logit = logit_of(folder.file("bad.pt"));
      CHECK(logit == expected);
    } catch (const InputError& error) {
      const std::string what = error.what();
      if (what.find("the file is damaged") != std::string::npos) ++by_weights;
    }
  }
  CHECK(by_weights > 20);
}

// The reference was computed by Python, from the same weights.
TEST_CASE("C++ makes of a network what Python does, alone and in a batch",
          "[engine][infer][network]") {
  if (test::network_folder().empty()) return;
  for (const std::string prefix : {"", "shipped/"}) {
    for (const NetworkKind kind : both) {
      INFO(prefix << name(kind));
      const std::string path = file_of(kind, ".pt", prefix);
      const Network network = load_network(path, kind);
      CHECK(network.info.sha256 == sha256_of(content(path)));
      const NetworkShape shape = shape_of(kind);
      const std::string reference = content(file_of(kind, ".reference", prefix));
      constexpr std::size_t count = 3;
      REQUIRE(reference.size() == count * (shape.bytes() + shape.outputs * sizeof(float)));
      std::vector<std::uint8_t> inputs(count * shape.bytes());
      std::vector<float> expected(count * shape.outputs);
      std::memcpy(inputs.data(), reference.data(), inputs.size());
      std::memcpy(expected.data(), reference.data() + inputs.size(),
                  expected.size() * sizeof(float));
      // Of 1, or of what is larger: floats hold no more.
      const auto worst = [&](const std::vector<float>& outputs) {
        float most = 0.0F;
        for (std::size_t i = 0; i < outputs.size(); ++i) {
          most = std::max(
              most, std::abs(outputs[i] - expected[i]) / std::max(1.0F, std::abs(expected[i])));
        }
        return most;
      };
      std::vector<float> batch(expected.size());
      network.model->run(inputs, count, batch);
      CHECK(worst(batch) < 1e-5F);
      std::vector<float> single(expected.size());
      for (std::size_t i = 0; i < count; ++i) {
        network.model->run(std::span{inputs}.subspan(i * shape.bytes(), shape.bytes()), 1,
                           std::span{single}.subspan(i * shape.outputs, shape.outputs));
      }
      CHECK(worst(single) < 1e-5F);
      // Something was computed: inputs differ in what they make.
      CHECK(std::abs(expected.front() - expected.back()) > 1e-4F);
    }
  }
}

// On inputs as the shipped networks meet them: noise, some of it with a bright pulse.
TEST_CASE("half precision changes scores by less than a twentieth", "[engine][infer][network]") {
  if (test::network_folder().empty()) return;
  constexpr std::size_t count = 8;
  std::mt19937 random{3};
  for (const NetworkKind kind : both) {
    INFO(name(kind));
    const bool tiles = kind == NetworkKind::detector;
    const NetworkShape shape = shape_of(kind);
    const auto columns = static_cast<std::size_t>(shape.columns);
    const auto rows = static_cast<std::size_t>(shape.rows);
    std::normal_distribution<float> noise{tiles ? 22.0F : 0.0F, tiles ? 8.0F : 20.0F};
    std::vector<std::uint8_t> inputs(count * shape.bytes());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::size_t row = i / columns % rows;
      const bool bright = i / shape.bytes() % 2 == 1 && i % columns == columns / 2 &&
                          (!tiles || row / 8 == rows / 16);
      const float code = noise(random) + (bright ? 60.0F : 0.0F);
      const auto whole = static_cast<int>(std::clamp(code, tiles ? 0.0F : -127.0F, 127.0F));
      inputs[i] = static_cast<std::uint8_t>(whole);
    }
    const auto outputs_as = [&](NetworkPrecision precision) {
      std::vector<float> outputs(count * shape.outputs);
      load_network(file_of(kind, ".pt", "shipped/"), kind, {NetworkDevice::cpu, precision})
          .model->run(inputs, count, outputs);
      return outputs;
    };
    const std::vector<float> single = outputs_as(NetworkPrecision::single);
    const std::vector<float> half = outputs_as(NetworkPrecision::half);
    const auto sigmoid = [](float logit) { return 1.0F / (1.0F + std::exp(-logit)); };
    const std::size_t logits = tiles ? shape.outputs / 5 : 1;  // they come first
    float most = 0.0F;
    for (std::size_t i = 0; i < single.size(); ++i) {
      if (i % shape.outputs >= logits) continue;
      most = std::max(most, std::abs(sigmoid(single[i]) - sigmoid(half[i])));
    }
    CHECK(most < 0.05F);
    CHECK((single == half) == !tiles);  // the classifier stays in single precision on a CPU
  }
}
