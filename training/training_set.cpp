#include "training/training_set.hpp"

#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "training/scene_cutouts.hpp"

namespace draftstream {

TrainingSetCounts make_training_set(const std::filesystem::path& file,
                                    const TrainingSetOptions& options,
                                    const std::function<void(const TrainingSetCounts&)>& progress) {
  const auto background = open_background(options);
  const auto make = [&](std::uint64_t seed) {
    SceneLooks found = looks_of_scene(scene_of(seed, background.get()), seed, options.threshold);
    std::vector<std::size_t> all(found.looks.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    const auto chosen = bursts_and_best_others(
        found, std::move(all), [&](std::size_t i) { return found.rows[i].info.snr; });
    const Cutout scene = found.scene;
    SceneCutouts made = choose_rows(std::move(found), chosen);
    made.rows.insert(made.rows.begin(), scene);
    return made;
  };
  return append_scenes(file, options, make, progress);
}

}  // namespace draftstream
