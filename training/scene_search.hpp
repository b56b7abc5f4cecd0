// The search of a simulated scene, as `replay` would do it.
#pragma once

#include "engine/candidate_finisher.hpp"
#include "engine/infer/look.hpp"
#include "training/scenes.hpp"
#include "training/sky.hpp"

namespace draftstream {

/// Renders the scene piece by piece and searches it with one thread: with the zero-DM filter and up
/// to the DM that belong to it, else with the defaults.
/// @param sky        Of the scene.
/// @param threshold  S/N of the candidates.
/// @param looks      Who looks at candidates: networks, a collector.
void search_scene(const Sky& sky, const Scene& scene, double threshold, LookSettings looks,
                  const CandidateSink& sink);

}  // namespace draftstream
