// What the engine shows its networks of simulated skies, and what they should say of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/infer/band_delays.hpp"
#include "engine/infer/tile_grid.hpp"
#include "publishers/cutouts/cutout.hpp"

namespace draftstream {

/// Labels of the cutouts in a training set.
namespace training_label {
inline constexpr const char* scene = "scene";     ///< A scene with bursts; without arrays.
inline constexpr const char* empty = "empty";     ///< A scene without any; without arrays.
inline constexpr const char* truth = "truth";     ///< A burst of the scene; without arrays.
inline constexpr const char* burst = "burst";     ///< A candidate that is one.
inline constexpr const char* no_burst = "noise";  ///< A candidate that is none.
}  // namespace training_label

struct TrainingSetOptions {
  std::uint64_t first_seed = 1;
  std::size_t scenes = 1000;
  double threshold = 5.5;               ///< S/N of the candidates.
  unsigned threads = 0;                 ///< 0 = one per core.
  std::vector<std::string> background;  ///< Recordings without bursts of their own: half of the
                                        ///< scenes are stretches of them (scene_recording.hpp).
  std::function<bool()> stop;  ///< Asked now and then; true ends the run, with whole scenes. Empty:
                               ///< nobody is.
};

struct TrainingSetCounts {
  std::size_t scenes = 0;  ///< Of this run.
  std::size_t wanted = 0;  ///< Scenes that this run is to make.
  std::size_t tiles = 0;
  std::size_t patches = 0;
  std::size_t bursts = 0;      ///< Truths.
  std::size_t candidates = 0;  ///< That are bursts.
};

/// Makes scenes (scenes.hpp) of seeds [first, first + scenes), searches each as `replay` would, and
/// appends what the networks would be given to an HDF5 store of cutouts:
///
///     a row for each scene, label "scene", or "empty" without bursts: as many samples, and the
///     largest DM that was searched; no arrays
///     a row for each burst put in, label "truth": arrival and width of its best boxcar; no arrays
///     a row for each candidate, "burst" or "noise", with its patch; with its tile, if it is the
///     first one in that tile. Of a scene with many, those of bursts and the brightest others.
///
/// Scenes that are there already are not made again, so a run that was interrupted goes on. The
/// rows are in order of seeds, whatever the number of threads.
/// @throws StoreBusy, InputError as make_cutout_writer; MissingInput, InputError of a background.
TrainingSetCounts make_training_set(
    const std::filesystem::path& file, const TrainingSetOptions& options,
    const std::function<void(const TrainingSetCounts&)>& progress = {});

/// The tile that a row of a training set has, or would have.
[[nodiscard]] TilePlace place_of(const CutoutInfo& info, const BandDelays& delays);

}  // namespace draftstream
