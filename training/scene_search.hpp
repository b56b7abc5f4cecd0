// The search of a scene, as `replay` would do it.
#pragma once

#include "engine/candidate_finisher.hpp"
#include "engine/infer/look.hpp"
#include "training/scene_recording.hpp"

namespace draftstream {

/// Reads the scene piece by piece and searches it with one thread: with the zero-DM filter and up
/// to the DM that belong to it, else with the defaults.
/// @param threshold  S/N of the candidates.
/// @param looks      Who looks at candidates: networks, a collector.
void search_scene(const SceneRecording& scene, double threshold, LookSettings looks,
                  const CandidateSink& sink);

}  // namespace draftstream
