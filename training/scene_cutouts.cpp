#include "training/scene_cutouts.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/worker_pool.hpp"
#include "ingest/errors.hpp"
#include "publishers/cutouts/cutout_store.hpp"
#include "training/burst_mark.hpp"
#include "training/evaluation.hpp"
#include "training/scene_search.hpp"

namespace draftstream {
namespace {

constexpr std::size_t scenes_at_once = 32;
constexpr std::size_t most_others = 12;  // candidates of a scene, besides its bursts
constexpr double kept_inside = 0.9;      // of a burst that counts as one

CutoutInfo info_of(const SceneRecording& scene, std::uint64_t seed) {
  CutoutInfo info;
  info.file = scene.file;
  info.seed = seed;
  info.tsamp_s = scene.truth.time.sample_time.value();
  info.first_mhz = scene.truth.frequency.first().value();
  info.step_mhz = scene.truth.frequency.step().value();
  info.channels = static_cast<std::uint32_t>(scene.truth.frequency.channels());
  return info;
}

Cutout scene_row(const SceneRecording& scene, std::uint64_t seed) {
  Cutout row;
  row.info = info_of(scene, seed);
  row.info.sample_index = scene.truth.samples;
  row.info.dm_pc_cm3 = scene.dm_max.value();
  row.info.label = scene.truth.bursts.empty() ? training_label::empty : training_label::scene;
  return row;
}

Cutout truth_row(const TrueBurst& burst, const SceneRecording& scene, std::uint64_t seed) {
  Cutout row;
  row.info = info_of(scene, seed);
  const double middle = burst.boxcar_toa / scene.truth.time.sample_time;
  row.info.sample_index = static_cast<std::uint64_t>(std::llround(std::max(0.0, middle)));
  row.info.toa_s = burst.boxcar_toa.value();
  row.info.dm_pc_cm3 = burst.burst.dm.value();
  row.info.width_ms = 1e3 * burst.boxcar_samples * row.info.tsamp_s;
  row.info.snr = burst.boxcar_snr;
  row.info.label = training_label::truth;
  return row;
}

bool is_of_one(const std::vector<TrueBurst>& bursts, const Truth& truth, const BandDelays& delays,
               const Candidate& candidate) {
  return std::any_of(bursts.begin(), bursts.end(), [&](const TrueBurst& burst) {
    return is_of_burst(candidate, burst, match_tolerance(burst, truth), delays, truth);
  });
}

template <class Array>
std::vector<std::byte> bytes_of(const Array& codes) {
  const auto bytes = std::as_bytes(std::span{codes});
  return {bytes.begin(), bytes.end()};
}

/// The looks that a search of the scene takes.
std::vector<Look> looks_at(const SceneRecording& scene, double threshold) {
  std::vector<Look> looks;
  LookSettings settings;
  settings.collect = [&](const Look& look) { looks.push_back(look); };
  search_scene(scene, threshold, std::move(settings), [](const Candidate&) {});
  return looks;
}

// The seed after the last one that is there.
std::uint64_t next_seed(const std::filesystem::path& file, std::uint64_t first) {
  if (!std::filesystem::exists(file)) return first;
  const auto store = open_cutout_store(file);
  if (store->size() == 0) return first;
  const auto seed = store->info(store->size() - 1).seed;
  if (!seed) throw InputError{file.string(), "cutouts of no simulated sky", "a training set"};
  return std::max(first, *seed + 1);
}

}  // namespace

TilePlace place_of(const CutoutInfo& info, const BandDelays& delays) {
  const auto width = static_cast<std::uint32_t>(std::llround(1e-3 * info.width_ms / info.tsamp_s));
  return tile_grid::place_of(static_cast<double>(info.sample_index),
                             delays.sweep(DispersionMeasure{info.dm_pc_cm3}), width);
}

SceneLooks looks_of_scene(const SceneRecording& scene, std::uint64_t seed, double threshold) {
  const Truth& truth = scene.truth;
  SceneLooks found;
  found.scene = scene_row(scene, seed);
  std::vector<TrueBurst> inside;
  for (const TrueBurst& burst : truth.bursts) {
    if (burst.frac_inside < kept_inside) continue;
    inside.push_back(burst);
    found.truths.push_back(truth_row(burst, scene, seed));
  }
  found.looks = looks_at(scene, threshold);
  const BandDelays delays{truth.frequency, truth.time.sample_time};
  for (const Look& look : found.looks) {
    Cutout row;
    row.info = info_of(scene, seed);
    const Candidate& candidate = look.candidate;
    row.info.sample_index = static_cast<std::uint64_t>(middle_sample(candidate));
    row.info.toa_s = truth.time.since_start(middle_sample(candidate)).value();
    row.info.dm_pc_cm3 = candidate.dm.value();
    row.info.width_ms = 1e3 * candidate.boxcar_samples * row.info.tsamp_s;
    row.info.snr = candidate.snr;
    row.info.label = is_of_one(inside, truth, delays, candidate) ? training_label::burst
                                                                 : training_label::no_burst;
    row.patch = bytes_of(look.patch.codes);
    // Half a sample less may mean the next tile: that one is not what the row would name.
    if (place_of(row.info, delays) == look.tile_place) row.tile = bytes_of(look.tile->codes);
    found.rows.push_back(std::move(row));
  }
  return found;
}

std::vector<std::size_t> bursts_and_best_others(const SceneLooks& found,
                                                std::vector<std::size_t> places,
                                                const std::function<double(std::size_t)>& rank) {
  std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
    if (found.is_burst(a) != found.is_burst(b)) return found.is_burst(a);
    return rank(a) > rank(b);
  });
  const auto bursts = static_cast<std::size_t>(std::count_if(
      places.begin(), places.end(), [&](std::size_t place) { return found.is_burst(place); }));
  places.resize(std::min(places.size(), bursts + most_others));
  std::sort(places.begin(), places.end());
  return places;
}

SceneCutouts choose_rows(SceneLooks found, std::span<const std::size_t> chosen) {
  SceneCutouts made;
  made.counts.bursts = found.truths.size();
  made.counts.patches = chosen.size();
  made.rows = std::move(found.truths);
  std::vector<TilePlace> taken;
  for (const std::size_t i : chosen) {
    Cutout& row = found.rows[i];
    const TilePlace place = found.looks[i].tile_place;
    if (std::find(taken.begin(), taken.end(), place) != taken.end()) row.tile.clear();
    if (!row.tile.empty()) taken.push_back(place);
    made.counts.tiles += row.tile.empty() ? 0 : 1;
    made.counts.candidates += found.is_burst(i) ? 1 : 0;
    made.rows.push_back(std::move(row));
  }
  return made;
}

TrainingSetCounts append_scenes(const std::filesystem::path& file,
                                const TrainingSetOptions& options,
                                const std::function<SceneCutouts(std::uint64_t seed)>& make,
                                const std::function<void(const TrainingSetCounts&)>& progress) {
  TrainingSetCounts counts;
  const std::uint64_t end = options.first_seed + options.scenes;
  std::uint64_t seed = next_seed(file, options.first_seed);
  if (seed >= end) return counts;
  counts.wanted = end - seed;
  const auto writer =
      make_cutout_writer(file, StoreKind::hdf5, default_cutout_format(), Existing::append);
  WorkerPool pool{options.threads};
  while (seed < end && !(options.stop && options.stop())) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(scenes_at_once, end - seed));
    std::vector<SceneCutouts> scenes(count);
    pool.for_each(count, [&](std::size_t i, std::size_t) { scenes[i] = make(seed + i); });
    for (const SceneCutouts& scene : scenes) {
      for (const Cutout& row : scene.rows) writer->append(row);
      counts.scenes += 1;
      counts.tiles += scene.counts.tiles;
      counts.patches += scene.counts.patches;
      counts.bursts += scene.counts.bursts;
      counts.candidates += scene.counts.candidates;
    }
    writer->flush();
    seed += count;
    if (progress) progress(counts);
  }
  writer->close();
  return counts;
}

std::unique_ptr<BackgroundScenes> open_background(const TrainingSetOptions& options) {
  if (options.background.empty()) return nullptr;
  return std::make_unique<BackgroundScenes>(options.background);
}

SceneRecording scene_of(std::uint64_t seed, const BackgroundScenes* background) {
  const bool stretch = background != nullptr && BackgroundScenes::takes(seed);
  return stretch ? background->scene(seed) : simulate_scene(draw_scene(seed));
}

}  // namespace draftstream
