// From nothing to two networks: examples, a first fit, and rounds of what was found hard.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

#include "training/networks/fit_options.hpp"
#include "training/networks/train.hpp"
#include "training/training_set.hpp"

namespace draftstream {

struct RoundsRequest {
  std::filesystem::path folder;    ///< Made if it is not there.
  TrainingSetOptions scenes;       ///< Of the first fit. The rounds' come after these.
  std::size_t rounds = 1;          ///< Of hard examples, after the first fit.
  std::size_t hard_scenes = 1000;  ///< Searched in each round.
  std::filesystem::path detector;  ///< Scripted networks to begin with; trained or not.
  std::filesystem::path classifier;
  std::string version;
  bool dated = false;  ///< The version is the day, and may be another when it goes on.
  FitOptions fit;      ///< Of the first fits. A round has half as many epochs and a third of the
                       ///< learning rate. Checkpoints are named by train_rounds().
};

/// Who is told how it goes; each may be empty.
struct RoundsWatch {
  std::function<void(const std::string& stage)> begin;  ///< "examples", "round 1: detector", ...
  std::function<void(const TrainingSetCounts&)> scenes;
  std::function<void(const FitProgress&)> epoch;
};

/// Makes a training set, fits detector and classifier, and then, `rounds` times, adds what these
/// find hard in new scenes (hard_examples.hpp) and fits them again, from the weights that are
/// there. In `folder`:
///
///     plan.json                  what shapes the networks (rounds_plan.hpp)
///     examples.h5                the training set
///     round_N/                   networks and cards of each fit, 0 for the first
///     detector.pt, classifier.pt, and their cards (.md): those of the last round
///
/// What is there already is not done again, so a run that was interrupted goes on, also with more
/// rounds. All are validated on the same scenes.
/// @throws InputError if the folder was begun with other options; TrainingStopped when
///     `scenes.stop` or `go_on` of a fit said so; else as settle_plan, make_training_set, train
///     and load_network.
void train_rounds(const RoundsRequest& request, const RoundsWatch& watch = {});

}  // namespace draftstream
