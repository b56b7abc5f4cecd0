// How a network is trained, and how that goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace draftstream {

struct FitOptions {
  std::size_t epochs = 20;
  std::size_t batch = 16;       ///< Examples.
  double learning_rate = 2e-3;  ///< The highest: after warm_up_steps, then falling as a cosine.
  double weight_decay = 1e-3;
  std::size_t warm_up_steps = 100;
  double most_gradient = 10.0;  ///< Norm; longer ones are shortened.
  double averaged = 0.995;      ///< Of the averaged weights, what stays of them in a step.
  std::size_t patience = 5;     ///< Epochs without gain, then it stops.
  std::uint64_t seed = 1;
  bool half = false;       ///< bfloat16 where LibTorch finds it sound.
  bool cuda = false;       ///< On a GPU, where LibTorch has one.
  std::string checkpoint;  ///< File written after each epoch, and gone on from; empty: none.
};

struct FitProgress {
  std::size_t epoch = 0;  ///< 1 for the first.
  std::size_t step = 0;
  double loss = 0.0;        ///< Mean over the epoch.
  double validation = 0.0;  ///< Loss of the averaged weights.
  double best = 0.0;        ///< The least so far.
  double seconds = 0.0;     ///< Of the epoch.
};

}  // namespace draftstream
