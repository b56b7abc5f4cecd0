// Cutouts of simulated skies, as what the networks are trained on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/infer/tile_grid.hpp"
#include "publishers/cutouts/cutout_store.hpp"
#include "training/example_use.hpp"
#include "training/networks/detector_loss.hpp"
#include "training/networks/objective.hpp"

namespace draftstream {

/// The rows of a training set (training_set.hpp), read once; their arrays stay in the file.
struct TrainingRows {
  struct Tile {
    std::size_t row = 0;
    std::uint64_t seed = 0;
    TilePlace place;
    std::vector<TilePulse> pulses;  ///< Of its scene, inside of it or not.
  };
  struct Patch {
    std::size_t row = 0;
    std::uint64_t seed = 0;
    double snr = 0.0;
    bool burst = false;
    bool in_empty_scene = false;
    std::optional<std::size_t> tile;  ///< That holds it, in `tiles`.
    TilePoint point;                  ///< In that tile.
    double width = 1.0;               ///< [tile samples]
  };
  /// A scene that has no burst at all, so that what is found in it is none.
  struct EmptyScene {
    std::uint64_t seed = 0;
    double tiles = 0.0;  ///< tiles_in().
  };
  std::shared_ptr<const CutoutStore> store;
  std::vector<EmptyScene> empty_scenes;
  std::vector<Tile> tiles;
  std::vector<Patch> patches;
  std::set<std::string> recordings;  ///< Whose stretches are among the scenes.
};

/// @throws MissingInput, InputError as open_cutout_store; InputError if a row is not of a simulated
///     sky, or the arrays have other shapes than the networks'.
[[nodiscard]] TrainingRows read_training_rows(const std::filesystem::path& file);

/// Tiles with the bursts in them. Inputs: uint8 [tile][4][256][256]. Varied by tile_variation.hpp.
class DetectorExamples final : public Objective {
 public:
  DetectorExamples(const TrainingRows& rows, ExampleUse use);

  [[nodiscard]] std::size_t examples() const override { return tiles_.size(); }
  [[nodiscard]] Batch batch(std::span<const std::size_t> examples,
                            std::mt19937_64* random) const override;
  [[nodiscard]] torch::Tensor loss(const torch::Tensor& outputs,
                                   const torch::Tensor& targets) const override {
    return detector_loss(outputs, targets);
  }

 private:
  std::shared_ptr<const CutoutStore> store_;
  std::vector<TrainingRows::Tile> tiles_;
};

/// Patches: a burst, or not. Inputs: int8 [patch][2][64][64]. Varied by
/// patch_variation.hpp.
class ClassifierExamples final : public Objective {
 public:
  ClassifierExamples(const TrainingRows& rows, ExampleUse use);

  [[nodiscard]] std::size_t examples() const override { return patches_.size(); }
  [[nodiscard]] Batch batch(std::span<const std::size_t> examples,
                            std::mt19937_64* random) const override;
  /// Cross-entropy with labels of 0.99 and 0.01: a simulation may be wrong.
  [[nodiscard]] torch::Tensor loss(const torch::Tensor& outputs,
                                   const torch::Tensor& targets) const override;

 private:
  std::shared_ptr<const CutoutStore> store_;
  std::vector<TrainingRows::Patch> patches_;
};

}  // namespace draftstream
