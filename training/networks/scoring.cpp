#include "training/networks/scoring.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "engine/infer/heat_map.hpp"
#include "training/networks/cutout_tensor.hpp"

namespace draftstream {
namespace {

constexpr std::size_t tiles_at_once = 8;
constexpr std::size_t patches_at_once = 64;

using PatchRows = std::vector<const TrainingRows::Patch*>;

torch::Tensor outputs_of(torch::jit::Module& network, const CutoutStore& store,
                         std::span<const std::size_t> rows, CutoutPart part) {
  return network.forward({read_arrays(store, rows, part)})
      .toTensor()
      .to(torch::kFloat)
      .contiguous();
}

void ask_detector(const TrainingRows& rows, const PatchRows& patches, torch::jit::Module& detector,
                  std::vector<Scored>& scored) {
  std::unordered_map<std::size_t, std::vector<std::size_t>> asking;  // by tile: patches
  std::vector<std::size_t> tiles;
  for (std::size_t i = 0; i < patches.size(); ++i) {
    auto& same = asking[*patches[i]->tile];
    if (same.empty()) tiles.push_back(*patches[i]->tile);
    same.push_back(i);
  }
  for (std::size_t first = 0; first < tiles.size(); first += tiles_at_once) {
    const std::size_t count = std::min(tiles_at_once, tiles.size() - first);
    std::vector<std::size_t> numbers;
    for (std::size_t t = 0; t < count; ++t) numbers.push_back(rows.tiles[tiles[first + t]].row);
    const torch::Tensor outputs = outputs_of(detector, *rows.store, numbers, CutoutPart::tile);
    for (std::size_t t = 0; t < count; ++t) {
      const HeatMap map{{outputs.data_ptr<float>() + t * HeatMap::size, HeatMap::size}};
      for (const std::size_t i : asking[tiles[first + t]]) {
        scored[i].detector = map.logit_near(patches[i]->point, patches[i]->width);
      }
    }
  }
}

void ask_classifier(const TrainingRows& rows, const PatchRows& patches,
                    torch::jit::Module& classifier, std::vector<Scored>& scored) {
  for (std::size_t first = 0; first < patches.size(); first += patches_at_once) {
    const std::size_t count = std::min(patches_at_once, patches.size() - first);
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < count; ++i) numbers.push_back(patches[first + i]->row);
    const torch::Tensor outputs = outputs_of(classifier, *rows.store, numbers, CutoutPart::patch);
    for (std::size_t i = 0; i < count; ++i) {
      scored[first + i].classifier = static_cast<double>(outputs.data_ptr<float>()[i]);
    }
  }
}

}  // namespace

std::vector<Scored> score(const TrainingRows& rows, ExampleUse use, torch::jit::Module* detector,
                          torch::jit::Module* classifier) {
  const torch::NoGradGuard no_gradients;
  PatchRows patches;
  std::vector<Scored> scored;
  for (const TrainingRows::Patch& patch : rows.patches) {
    if (use_of(patch.seed) != use || !patch.tile) continue;
    patches.push_back(&patch);
    scored.push_back({patch.burst, !patch.burst && patch.in_empty_scene, patch.snr, 0.0, 0.0});
  }
  if (detector != nullptr) ask_detector(rows, patches, *detector, scored);
  if (classifier != nullptr) ask_classifier(rows, patches, *classifier, scored);
  return scored;
}

RecallAt recall_at(double false_rate, std::span<const Ranked> ranked, double tiles) {
  std::vector<double> others;
  for (const Ranked& one : ranked) {
    if (one.false_alarm) others.push_back(one.score);
  }
  RecallAt result;
  result.false_rate = false_rate;
  result.threshold = threshold_at(false_rate, std::move(others), tiles);
  std::array<Fraction, std::size(recall_edges)> bins{};
  for (const Ranked& one : ranked) {
    if (!one.burst) continue;
    if (const auto bin = recall_bin(one.snr)) bins[*bin].count(one.score >= result.threshold);
  }
  for (const Fraction& bin : bins) result.recall.push_back(bin.value());
  return result;
}

}  // namespace draftstream
