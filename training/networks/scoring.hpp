// How well networks tell bursts from the rest, on examples they were not trained on.
#pragma once

#include <torch/script.h>

#include <cstddef>
#include <span>
#include <vector>

#include "training/networks/examples.hpp"
#include "training/networks/logistic.hpp"

namespace draftstream {

/// One candidate as networks see it; a network that was not asked says 0.
struct Scored {
  bool burst = false;
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
};

struct RecallAt {
  double false_rate = 0.0;     ///< Others that pass, of each tile.
  double threshold = 0.0;      ///< Score from which a candidate passes.
  std::vector<double> recall;  ///< Of each bin; NaN where there are no bursts.
};

/// Bins of S/N that recall is told in: [6, 7), [7, 8), [8, 10), [10, 15), [15, 50), [50, inf).
inline constexpr double recall_edges[] = {6.0, 7.0, 8.0, 10.0, 15.0, 50.0};

/// Recall by S/N at the threshold that lets `false_rate` others pass a tile, or fewer.
/// @param tiles  That the candidates are from, those without any included.
[[nodiscard]] RecallAt recall_at(double false_rate, std::span<const Ranked> ranked,
                                 std::size_t tiles);

}  // namespace draftstream
