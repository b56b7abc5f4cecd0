#include "training/networks/examples.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "engine/infer/band_delays.hpp"
#include "engine/infer/classifier_patch.hpp"
#include "engine/infer/detector_tile.hpp"
#include "ingest/errors.hpp"
#include "training/networks/cutout_tensor.hpp"
#include "training/networks/patch_variation.hpp"
#include "training/networks/tile_variation.hpp"
#include "training/recall.hpp"
#include "training/training_set.hpp"

namespace draftstream {
namespace {

constexpr std::size_t rows_at_once = 4096;
constexpr double sure = 0.99;  // that a label is right

BandDelays delays_of(const CutoutInfo& info) {
  return {FrequencyAxis{Megahertz{info.first_mhz}, Megahertz{info.step_mhz}, info.channels},
          Seconds{info.tsamp_s}};
}

double width_samples(const CutoutInfo& info) {
  return info.width_ms * 1e-3 / info.tsamp_s;
}

TilePulse pulse_in(const TilePlace& place, const CutoutInfo& truth, const BandDelays& delays) {
  const TilePoint point = tile_grid::point_of(place, static_cast<double>(truth.sample_index),
                                              delays.sweep(DispersionMeasure{truth.dm_pc_cm3}));
  const double width = width_samples(truth) / std::ldexp(1.0, static_cast<int>(place.level));
  TilePulse pulse;
  pulse.row = point.row;
  pulse.pixel = point.pixel;
  pulse.width_samples = width;
  pulse.width_pixels = width / static_cast<double>(tile_grid::samples_a_pixel);
  pulse.width_rows = width / static_cast<double>(tile_grid::samples_a_row);
  pulse.snr = truth.snr;
  return pulse;
}

// Rows of one scene, with their numbers.
struct Scene {
  std::optional<CutoutInfo> empty;  // if it has no bursts
  std::vector<CutoutInfo> truths;
  std::vector<std::pair<std::size_t, CutoutInfo>> tiles;
  std::vector<std::pair<std::size_t, CutoutInfo>> patches;
};

void add_scene(std::uint64_t seed, const Scene& scene, TrainingRows& rows) {
  const std::size_t first_tile = rows.tiles.size();
  if (scene.empty) {
    const double sweep = delays_of(*scene.empty).sweep(DispersionMeasure{scene.empty->dm_pc_cm3});
    rows.empty_scenes.push_back(
        {seed, tiles_in(static_cast<double>(scene.empty->sample_index), sweep)});
  }
  for (const auto& [row, info] : scene.tiles) {
    const BandDelays delays = delays_of(info);
    TrainingRows::Tile tile{row, seed, place_of(info, delays), {}};
    for (const CutoutInfo& truth : scene.truths) {
      tile.pulses.push_back(pulse_in(tile.place, truth, delays));
    }
    rows.tiles.push_back(std::move(tile));
  }
  for (const auto& [row, info] : scene.patches) {
    const BandDelays delays = delays_of(info);
    const TilePlace place = place_of(info, delays);
    const TilePulse pulse = pulse_in(place, info, delays);
    TrainingRows::Patch patch;
    patch.row = row;
    patch.seed = seed;
    patch.snr = info.snr;
    patch.burst = info.label == training_label::burst;
    patch.in_empty_scene = scene.empty.has_value();
    patch.point = {pulse.pixel, pulse.row};
    patch.width = pulse.width_samples;
    for (std::size_t t = first_tile; t < rows.tiles.size(); ++t) {
      if (rows.tiles[t].place == place) patch.tile = t;
    }
    rows.patches.push_back(patch);
  }
}

void check_format(const CutoutFormat& format, const std::filesystem::path& file) {
  const CutoutFormat expected = default_cutout_format();
  for (const CutoutPart part : cutout_parts) {
    if (!format.of(part) || format.of(part)->shape != expected.of(part)->shape ||
        format.of(part)->type != expected.of(part)->type) {
      throw InputError{file.string(), fmt::format("other {}s, or none", name(part)),
                       "those that the networks take"};
    }
  }
}

}  // namespace

TrainingRows read_training_rows(const std::filesystem::path& file) {
  TrainingRows rows;
  rows.store = open_cutout_store(file);
  check_format(rows.store->format(), file);
  std::map<std::uint64_t, Scene> scenes;  // by seed
  for (std::size_t first = 0; first < rows.store->size(); first += rows_at_once) {
    const auto infos = rows.store->infos(first, std::min(rows_at_once, rows.store->size() - first));
    for (std::size_t i = 0; i < infos.size(); ++i) {
      const CutoutInfo& info = infos[i];
      if (!info.seed) {
        throw InputError{fmt::format("{}: cutout {}", file.string(), first + i),
                         "one that is not of a simulated sky", "a seed"};
      }
      if (!info.file.empty()) rows.recordings.insert(info.file);
      Scene& scene = scenes[*info.seed];
      if (info.label == training_label::empty) scene.empty = info;
      if (info.label == training_label::truth) scene.truths.push_back(info);
      if (info.has_tile) scene.tiles.emplace_back(first + i, info);
      if (info.has_patch) scene.patches.emplace_back(first + i, info);
    }
  }
  for (const auto& [seed, scene] : scenes) add_scene(seed, scene, rows);
  return rows;
}

DetectorExamples::DetectorExamples(const TrainingRows& rows, ExampleUse use) : store_{rows.store} {
  std::copy_if(rows.tiles.begin(), rows.tiles.end(), std::back_inserter(tiles_),
               [&](const TrainingRows::Tile& tile) { return use_of(tile.seed) == use; });
}

Batch DetectorExamples::batch(std::span<const std::size_t> examples,
                              std::mt19937_64* random) const {
  std::vector<std::size_t> rows;
  for (const std::size_t example : examples) rows.push_back(tiles_[example].row);
  const torch::Tensor inputs = read_arrays(*store_, rows, CutoutPart::tile);
  std::vector<torch::Tensor> targets;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    std::vector<TilePulse> pulses = tiles_[examples[i]].pulses;
    if (random != nullptr) {
      torch::Tensor tile = inputs[static_cast<std::int64_t>(i)];
      vary_tile(draw_tile_variation(*random), tile, pulses);
      inputs[static_cast<std::int64_t>(i)].copy_(tile);
    }
    targets.push_back(detector_target(pulses));
  }
  return {inputs, torch::stack(targets)};
}

ClassifierExamples::ClassifierExamples(const TrainingRows& rows, ExampleUse use)
    : store_{rows.store} {
  std::copy_if(rows.patches.begin(), rows.patches.end(), std::back_inserter(patches_),
               [&](const TrainingRows::Patch& patch) { return use_of(patch.seed) == use; });
}

Batch ClassifierExamples::batch(std::span<const std::size_t> examples,
                                std::mt19937_64* random) const {
  std::vector<std::size_t> rows;
  std::vector<float> labels;
  for (const std::size_t example : examples) {
    rows.push_back(patches_[example].row);
    labels.push_back(patches_[example].burst ? 1.0F : 0.0F);
  }
  torch::Tensor inputs = read_arrays(*store_, rows, CutoutPart::patch);
  if (random != nullptr) {
    for (std::int64_t i = 0; i < inputs.size(0); ++i) {
      inputs[i].copy_(varied_patch(draw_patch_variation(*random), inputs[i]));
    }
  }
  return {inputs, torch::tensor(labels)};
}

torch::Tensor ClassifierExamples::loss(const torch::Tensor& outputs,
                                       const torch::Tensor& targets) const {
  const torch::Tensor labels = targets * (2.0 * sure - 1.0) + (1.0 - sure);
  return torch::binary_cross_entropy_with_logits(outputs.reshape({-1}), labels);
}

}  // namespace draftstream
