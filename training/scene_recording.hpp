// A scene as a recording that can be searched.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/search_config.hpp"
#include "replay/recording.hpp"
#include "training/scenes.hpp"
#include "training/truth.hpp"

namespace draftstream {

struct SceneRecording {
  std::unique_ptr<Recording> samples;
  Truth truth;
  ZeroDm zero_dm = ZeroDm::off;
  DispersionMeasure dm_max;
  std::string file;  ///< Of a stretch: the recording that it is of, without folders.
};

/// A simulated one, whose samples are made when they are read.
SceneRecording simulate_scene(const Scene& drawn);

/// Stretches of recordings, with bursts added to them: scenes with the noise and the interference
/// of a telescope.
///
/// Threads: const members may be called from several threads at once.
class BackgroundScenes {
 public:
  /// @throws MissingInput, InputError  from open_recording; InputError if one holds fewer samples
  ///     than a scene needs.
  explicit BackgroundScenes(const std::vector<std::string>& recordings);
  ~BackgroundScenes();
  BackgroundScenes(const BackgroundScenes&) = delete;
  BackgroundScenes& operator=(const BackgroundScenes&) = delete;

  /// Half of all seeds.
  [[nodiscard]] static bool takes(std::uint64_t seed);

  /// A function of the recordings and the seed: 1 to 8 s, fewer where that is more than
  /// `most_stretch_values`, from anywhere without a gap; bursts as draw_scene draws them, their S/N
  /// measured by the noise of the stretch (inject.hpp tells how they are added). Longer recordings
  /// are met more often. Samples are counted from the stretch's first.
  /// @throws InputError if a file has become shorter, or no stretch of noise is found in one.
  [[nodiscard]] SceneRecording scene(std::uint64_t seed) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Spectra times channels, which bounds what a stretch costs.
inline constexpr std::uint64_t most_stretch_values = std::uint64_t{1} << 25U;

}  // namespace draftstream
