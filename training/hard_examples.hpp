// Examples that networks get wrong, to be trained on next.
#pragma once

#include <filesystem>
#include <functional>

#include "engine/infer/look.hpp"
#include "training/training_set.hpp"

namespace draftstream {

/// Which candidates are hard. The scores are the detector's and the classifier's.
struct HardExampleRule {
  double false_from = 0.2;   ///< No burst, and a score from here on.
  double burst_up_to = 0.8;  ///< A burst, and a score up to here.
};

/// Searches scenes as make_training_set() does, has the candidates judged, and appends the hard
/// ones to a training set, with the bursts of their scenes. Those beside which the detector
/// sees a pulse that is none (a find) are hard as well. Of a scene with many, those of bursts and
/// the others of the highest scores.
///
/// Scenes that validate (use_of) are left out: these must stay what a telescope would see, or
/// calibrations and rates of false alarms would be those of hard scenes.
///
/// Seeds must be beyond those that are there. A run that was interrupted goes on after the last
/// scene with a hard example.
/// @throws as make_training_set; std::runtime_error if a network fails.
TrainingSetCounts add_hard_examples(
    const std::filesystem::path& file, const TrainingSetOptions& options, const Networks& networks,
    const HardExampleRule& rule = {},
    const std::function<void(const TrainingSetCounts&)>& progress = {});

}  // namespace draftstream
