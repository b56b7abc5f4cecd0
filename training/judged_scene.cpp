#include "training/judged_scene.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "engine/infer/band_delays.hpp"
#include "engine/worker_pool.hpp"
#include "training/burst_mark.hpp"
#include "training/evaluation.hpp"
#include "training/random.hpp"
#include "training/recall.hpp"
#include "training/scene_recording.hpp"
#include "training/scene_search.hpp"

namespace draftstream {
namespace {

constexpr std::size_t scenes_at_once = 64;
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
constexpr double kept_inside = 0.9;      // of a burst that counts as one
constexpr double kept_by_boxcar = 0.94;  // of the matched filter's S/N
constexpr double brightest = 200.0;
constexpr std::uint64_t first_seed = std::uint64_t{1} << 48U;
constexpr std::uint64_t seeds_apart = std::uint64_t{1} << 32U;

bool has_bursts(std::size_t number) {
  return number % 3 != 2;
}

std::uint64_t scene_seed(std::uint64_t seed, std::size_t number) {
  return first_seed + seed * seeds_apart + number;
}

Scores scores_of(const Candidate& candidate, bool by_search) {
  return {by_search ? candidate.snr : no_number, candidate.detector_score.value_or(no_number),
          candidate.classifier_score.value_or(no_number),
          candidate.probability.value_or(no_number)};
}

// The larger one; a NaN is none.
double better(double a, double b) {
  return std::isnan(a) || b > a ? b : a;
}

JudgedScene judge_scene(const std::shared_ptr<const Networks>& networks,
                        const ModelEvaluationOptions& options, std::size_t number) {
  const Scene scene = evaluation_scene(options.seed, number, options.interference);
  const SceneRecording recording = simulate_scene(scene);
  const Truth& truth = recording.truth;
  JudgedScene judged;
  judged.seed = scene_seed(options.seed, number);
  judged.band = scene.sky.band;
  judged.nbits = scene.sky.nbits;
  judged.zero_dm = scene.zero_dm;
  for (const Interference& one : scene.sky.interference) {
    if (one.kind != InterferenceKind::dead) judged.interference.push_back(one.kind);
  }
  judged.duration_s = truth.duration().value();
  const BandDelays delays{truth.frequency, truth.time.sample_time};
  judged.tiles = tiles_in(static_cast<double>(truth.samples), delays.sweep(scene.dm_max));
  judged.with_bursts = has_bursts(number);

  std::vector<Candidate> searched;  // in the order of the search
  LookSettings looks;
  looks.networks = networks;
  looks.collect = [&](const Look& look) { searched.push_back(look.candidate); };
  std::vector<Candidate> found;
  search_scene(recording, options.threshold, std::move(looks),
               [&](const Candidate& candidate) { found.push_back(candidate); });
  std::vector<bool> by_search;
  by_search.reserve(found.size());
  for (const Candidate& candidate : found) {
    by_search.push_back(std::any_of(searched.begin(), searched.end(), [&](const Candidate& other) {
      return other.first_sample == candidate.first_sample && other.dm == candidate.dm &&
             other.boxcar_samples == candidate.boxcar_samples && other.snr == candidate.snr;
    }));
  }
  match_bursts(truth, found, by_search, judged);
  return judged;
}

}  // namespace

std::string_view name(JudgedBy judge) {
  switch (judge) {
    case JudgedBy::snr:
      return "snr";
    case JudgedBy::detector:
      return "detector";
    case JudgedBy::classifier:
      return "classifier";
    case JudgedBy::both:
      break;
  }
  return "both";
}

void match_bursts(const Truth& truth, const std::vector<Candidate>& candidates,
                  const std::vector<bool>& by_search, JudgedScene& scene) {
  scene.candidates.clear();
  scene.bursts.clear();
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    scene.candidates.push_back({scores_of(candidates[c], by_search[c]), false});
  }
  const BandDelays delays{truth.frequency, truth.time.sample_time};
  for (const TrueBurst& burst : truth.bursts) {
    const MatchTolerance tolerance = match_tolerance(burst, truth);
    SceneBurst judged;
    judged.snr = burst.boxcar_snr;
    judged.width = burst.boxcar_samples;
    judged.sweep = delays.sweep(burst.burst.dm);
    judged.best.fill(no_number);
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      if (!is_of_burst(candidates[c], burst, tolerance, delays, truth)) continue;
      scene.candidates[c].burst = true;
      for (std::size_t j = 0; j < judged.best.size(); ++j) {
        judged.best[j] = better(judged.best[j], scene.candidates[c].scores[j]);
      }
    }
    if (burst.frac_inside >= kept_inside) scene.bursts.push_back(judged);
  }
}

Scene evaluation_scene(std::uint64_t seed, std::size_t number, double interference) {
  const std::uint64_t own = scene_seed(seed, number);
  SceneRecipe recipe;
  recipe.interference = interference;
  recipe.bursts = has_bursts(number) ? 1.0 : 0.0;
  if (has_bursts(number)) {
    const std::size_t before = number - number / 3;  // scenes with bursts
    const std::size_t bin = before % std::size(recall_edges);
    const double high = bin + 1 < std::size(recall_edges) ? recall_edges[bin + 1] : brightest;
    RandomEngine engine = random_engine(own, RandomStream::scenes, 1);
    recipe.snr = log_uniform(engine, recall_edges[bin], high) / kept_by_boxcar;
  }
  return draw_scene(own, recipe);
}

std::vector<JudgedScene> judge_scenes(const std::shared_ptr<const Networks>& networks,
                                      const ModelEvaluationOptions& options,
                                      const std::function<void(std::size_t)>& progress) {
  std::vector<JudgedScene> scenes(options.scenes);
  WorkerPool pool{options.threads};
  for (std::size_t first = 0; first < scenes.size(); first += scenes_at_once) {
    const std::size_t count = std::min(scenes_at_once, scenes.size() - first);
    pool.for_each(count, [&](std::size_t i, std::size_t) {
      scenes[first + i] = judge_scene(networks, options, first + i);
    });
    if (progress) progress(first + count);
  }
  return scenes;
}

}  // namespace draftstream
