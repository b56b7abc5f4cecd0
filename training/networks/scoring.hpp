// How well networks tell bursts from the rest, on examples they were not trained on.
#pragma once

#include <torch/script.h>

#include <cstddef>
#include <span>
#include <vector>

#include "training/networks/examples.hpp"
#include "training/networks/logistic.hpp"
#include "training/recall.hpp"

namespace draftstream {

/// One candidate as networks see it; a network that was not asked says 0.
struct Scored {
  bool burst = false;
  bool false_alarm = false;  ///< None, in a scene without bursts: not the skirt of one.
  double snr = 0.0;
  double detector = 0.0;    ///< Logit.
  double classifier = 0.0;  ///< Logit.
};

/// Logits of candidates that have patch and tile. @param detector, classifier  Null: not asked.
[[nodiscard]] std::vector<Scored> score(const TrainingRows& rows, ExampleUse use,
                                        torch::jit::Module* detector,
                                        torch::jit::Module* classifier);

/// A candidate's place on some scale, the higher the likelier a burst.
struct Ranked {
  double score = 0.0;
  double snr = 0.0;
  bool burst = false;
  bool false_alarm = false;
};

struct RecallAt {
  double false_rate = 0.0;     ///< False alarms that pass, of each tile.
  double threshold = 0.0;      ///< Score from which a candidate passes.
  std::vector<double> recall;  ///< Of each bin; NaN where there are no bursts.
};

/// Recall by S/N (recall_edges) at the threshold that lets `false_rate` false alarms pass a tile,
/// or fewer.
/// @param tiles  Of the scenes without bursts (tiles_in), those without candidates included.
[[nodiscard]] RecallAt recall_at(double false_rate, std::span<const Ranked> ranked, double tiles);

}  // namespace draftstream
