#include "training/hard_examples.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "engine/infer/judge.hpp"
#include "training/example_use.hpp"
#include "training/scene_cutouts.hpp"

namespace draftstream {
namespace {

double highest(const Candidate& candidate) {
  return std::max(candidate.detector_score.value(), candidate.classifier_score.value());
}

double lowest(const Candidate& candidate) {
  return std::min(candidate.detector_score.value(), candidate.classifier_score.value());
}

// Is a find one of the bursts of the scene? Those that the search missed are seen by the detector.
bool is_burst(const Find& find, const std::vector<Cutout>& truths) {
  return std::any_of(truths.begin(), truths.end(), [&](const Cutout& truth) {
    const CutoutInfo& info = truth.info;
    const BandDelays delays{
        FrequencyAxis{Megahertz{info.first_mhz}, Megahertz{info.step_mhz}, info.channels},
        Seconds{info.tsamp_s}};
    const TilePoint point = tile_grid::point_of(find.place, static_cast<double>(info.sample_index),
                                                delays.sweep(DispersionMeasure{info.dm_pc_cm3}));
    const double width =
        std::max(find.peak.width, 1e-3 * info.width_ms / info.tsamp_s / (1U << find.place.level));
    const double pixels = 4.0 + width / static_cast<double>(tile_grid::samples_a_pixel);
    const double rows = 4.0 + 2.0 * width / static_cast<double>(tile_grid::samples_a_row);
    return std::abs(point.pixel - find.peak.point.pixel) <= pixels &&
           std::abs(point.row - find.peak.point.row) <= rows;
  });
}

SceneCutouts hard_rows(SceneLooks found, const Networks& networks, const HardExampleRule& rule) {
  const Judged judged = judge(networks, {}, found.looks);
  std::vector<TilePlace> with_finds;
  for (const Find& find : judged.finds) {
    if (!is_burst(find, found.truths)) with_finds.push_back(find.place);
  }
  std::vector<std::size_t> hard;
  for (std::size_t i = 0; i < found.looks.size(); ++i) {
    const Candidate& candidate = judged.candidates[i];
    const bool wrong = found.is_burst(i) ? lowest(candidate) <= rule.burst_up_to
                                         : highest(candidate) >= rule.false_from;
    const bool beside = std::find(with_finds.begin(), with_finds.end(),
                                  found.looks[i].tile_place) != with_finds.end();
    if (!wrong && !beside) continue;
    hard.push_back(i);
    found.rows[i].info.detector_score = candidate.detector_score;
    found.rows[i].info.classifier_score = candidate.classifier_score;
    found.rows[i].info.model_sha256 = networks.classifier.info.sha256;
  }
  hard = bursts_and_best_others(found, std::move(hard),
                                [&](std::size_t i) { return highest(judged.candidates[i]); });
  if (hard.empty()) return {};
  return choose_rows(std::move(found), hard);
}

}  // namespace

TrainingSetCounts add_hard_examples(const std::filesystem::path& file,
                                    const TrainingSetOptions& options, const Networks& networks,
                                    const HardExampleRule& rule,
                                    const std::function<void(const TrainingSetCounts&)>& progress) {
  const auto background = open_background(options);
  const auto make = [&](std::uint64_t seed) -> SceneCutouts {
    if (use_of(seed) == ExampleUse::validation) return {};
    return hard_rows(looks_of_scene(scene_of(seed, background.get()), seed, options.threshold),
                     networks, rule);
  };
  return append_scenes(file, options, make, progress);
}

}  // namespace draftstream
