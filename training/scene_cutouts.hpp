// What a search of a scene would give to the networks, as cutouts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/infer/look.hpp"
#include "publishers/cutouts/cutout.hpp"
#include "training/scene_recording.hpp"
#include "training/training_set.hpp"

namespace draftstream {

/// Every look of a search, beside what it is.
struct SceneLooks {
  Cutout scene;                ///< The row of the scene itself.
  std::vector<Cutout> truths;  ///< A row for each burst that lies in the scene.
  std::vector<Look> looks;     ///< In order of candidates.
  std::vector<Cutout> rows;    ///< Of each look, labelled; with its tile, unless the row does not
                               ///< name it.
  [[nodiscard]] bool is_burst(std::size_t look) const {
    return rows[look].info.label == training_label::burst;
  }
};

/// Searches it as `replay` would.
/// @param threshold  S/N of the candidates.
SceneLooks looks_of_scene(const SceneRecording& scene, std::uint64_t seed, double threshold);

/// Rows of one scene for a training set, and how many they are.
struct SceneCutouts {
  std::vector<Cutout> rows;
  TrainingSetCounts counts;
};

/// Truths, then the chosen looks; of those with the same tile the first one keeps it.
/// @param chosen  Places of looks, rising.
SceneCutouts choose_rows(SceneLooks found, std::span<const std::size_t> chosen);

/// Of some looks, those of bursts and the best others by `rank`, twelve at most.
/// @param places  Of the looks.
/// @return Places, rising.
std::vector<std::size_t> bursts_and_best_others(const SceneLooks& found,
                                                std::vector<std::size_t> places,
                                                const std::function<double(std::size_t)>& rank);

/// Appends what `make` makes of each scene of the options, side by side, in order of seeds; those
/// that are there are left out.
TrainingSetCounts append_scenes(const std::filesystem::path& file,
                                const TrainingSetOptions& options,
                                const std::function<SceneCutouts(std::uint64_t seed)>& make,
                                const std::function<void(const TrainingSetCounts&)>& progress);

/// Null if the options name no recordings.
/// @throws MissingInput, InputError as BackgroundScenes.
std::unique_ptr<BackgroundScenes> open_background(const TrainingSetOptions& options);

/// The scene of a seed: simulated, or a stretch.
/// @param background  Null: none.
SceneRecording scene_of(std::uint64_t seed, const BackgroundScenes* background);

}  // namespace draftstream
