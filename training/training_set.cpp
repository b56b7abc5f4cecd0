#include "training/training_set.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/worker_pool.hpp"
#include "ingest/errors.hpp"
#include "publishers/cutouts/cutout_store.hpp"
#include "training/evaluation.hpp"
#include "training/scene_search.hpp"
#include "training/scenes.hpp"

namespace draftstream {
namespace {

constexpr std::size_t scenes_at_once = 32;
constexpr std::size_t most_candidates = 12;  // of a scene, besides its bursts
constexpr double kept_inside = 0.9;          // of a burst that counts as one

/// What one scene gives, in the order of its rows.
struct SceneCutouts {
  std::vector<Cutout> rows;
  TrainingSetCounts counts;
};

CutoutInfo info_of(const Observation& observation, std::uint64_t seed) {
  CutoutInfo info;
  info.seed = seed;
  info.tsamp_s = observation.time.sample_time.value();
  info.first_mhz = observation.frequency.first().value();
  info.step_mhz = observation.frequency.step().value();
  info.channels = static_cast<std::uint32_t>(observation.frequency.channels());
  return info;
}

Cutout truth_row(const TrueBurst& burst, const Observation& observation, std::uint64_t seed) {
  Cutout row;
  row.info = info_of(observation, seed);
  const double middle = burst.boxcar_toa / observation.time.sample_time;
  row.info.sample_index = static_cast<std::uint64_t>(std::llround(std::max(0.0, middle)));
  row.info.toa_s = burst.boxcar_toa.value();
  row.info.dm_pc_cm3 = burst.burst.dm.value();
  row.info.width_ms = 1e3 * burst.boxcar_samples * row.info.tsamp_s;
  row.info.snr = burst.boxcar_snr;
  row.info.label = training_label::truth;
  return row;
}

bool is_one_of(const std::vector<TrueBurst>& bursts, const Truth& truth, const CutoutInfo& info) {
  return std::any_of(bursts.begin(), bursts.end(), [&](const TrueBurst& burst) {
    const MatchTolerance tolerance = match_tolerance(burst, truth);
    const double late = std::abs(info.toa_s - burst.boxcar_toa.value());
    return late <= tolerance.time.value() + 0.5e-3 * info.width_ms &&
           std::abs(info.dm_pc_cm3 - burst.burst.dm.value()) <= tolerance.dm.value();
  });
}

template <class Array>
std::vector<std::byte> bytes_of(const Array& codes) {
  const auto bytes = std::as_bytes(std::span{codes});
  return {bytes.begin(), bytes.end()};
}

/// The looks that a search of the scene takes.
std::vector<Look> looks_at(const Sky& sky, const Scene& scene, double threshold) {
  std::vector<Look> looks;
  LookSettings settings;
  settings.collect = [&](const Look& look) { looks.push_back(look); };
  search_scene(sky, scene, threshold, std::move(settings), [](const Candidate&) {});
  return looks;
}

SceneCutouts make_scene(std::uint64_t seed, double threshold) {
  const Scene scene = draw_scene(seed);
  const Sky sky{scene.sky};
  const Truth& truth = sky.truth();
  SceneCutouts made;
  made.counts.scenes = 1;
  std::vector<TrueBurst> inside;
  for (const TrueBurst& burst : truth.bursts) {
    if (burst.frac_inside < kept_inside) continue;
    inside.push_back(burst);
    made.rows.push_back(truth_row(burst, sky.observation(), seed));
  }
  made.counts.bursts = inside.size();

  std::vector<Look> looks = looks_at(sky, scene, threshold);
  const BandDelays delays{truth.frequency, truth.time.sample_time};
  std::vector<Cutout> rows;
  for (const Look& look : looks) {
    Cutout row;
    row.info = info_of(sky.observation(), seed);
    const Candidate& candidate = look.candidate;
    row.info.sample_index = static_cast<std::uint64_t>(middle_sample(candidate));
    row.info.toa_s = truth.time.since_start(middle_sample(candidate)).value();
    row.info.dm_pc_cm3 = candidate.dm.value();
    row.info.width_ms = 1e3 * candidate.boxcar_samples * row.info.tsamp_s;
    row.info.snr = candidate.snr;
    row.info.label =
        is_one_of(inside, truth, row.info) ? training_label::burst : training_label::no_burst;
    row.patch = bytes_of(look.patch.codes);
    // Half a sample less may mean the next tile: that one is not what the row would name.
    if (place_of(row.info, delays) == look.tile_place) row.tile = bytes_of(look.tile->codes);
    rows.push_back(std::move(row));
  }
  // Bursts, then the brightest others; in order of time again.
  std::vector<std::size_t> order(rows.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto is_burst = [&](std::size_t i) { return rows[i].info.label == training_label::burst; };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return is_burst(a) != is_burst(b) ? is_burst(a) : rows[a].info.snr > rows[b].info.snr;
  });
  const auto bursts = static_cast<std::size_t>(std::count_if(order.begin(), order.end(), is_burst));
  order.resize(std::min(order.size(), bursts + most_candidates));
  std::sort(order.begin(), order.end());

  std::vector<TilePlace> taken;
  for (const std::size_t i : order) {
    const TilePlace place = looks[i].tile_place;
    if (std::find(taken.begin(), taken.end(), place) != taken.end()) rows[i].tile.clear();
    if (!rows[i].tile.empty()) taken.push_back(place);
    made.counts.tiles += rows[i].tile.empty() ? 0 : 1;
    made.counts.candidates += is_burst(i) ? 1 : 0;
    made.rows.push_back(std::move(rows[i]));
  }
  made.counts.patches = order.size();
  return made;
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

TrainingSetCounts make_training_set(const std::filesystem::path& file,
                                    const TrainingSetOptions& options,
                                    const std::function<void(const TrainingSetCounts&)>& progress) {
  TrainingSetCounts counts;
  const std::uint64_t end = options.first_seed + options.scenes;
  std::uint64_t seed = next_seed(file, options.first_seed);
  if (seed >= end) return counts;
  const auto writer =
      make_cutout_writer(file, StoreKind::hdf5, default_cutout_format(), Existing::append);
  WorkerPool pool{options.threads};
  while (seed < end) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(scenes_at_once, end - seed));
    std::vector<SceneCutouts> scenes(count);
    pool.for_each(count, [&](std::size_t i, std::size_t) {
      scenes[i] = make_scene(seed + i, options.threshold);
    });
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

}  // namespace draftstream
