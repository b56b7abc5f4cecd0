// How a network is trained, and how that goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

namespace draftstream {

/// Where a training is.
struct FitStep {
  std::size_t epoch = 0;  ///< 1 for the first.
  std::size_t step = 0;   ///< Of the epoch, 1 for the first.
  std::size_t steps = 0;  ///< That an epoch has.
};

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
  unsigned threads = 0;    ///< Of LibTorch; 0 = one per core.
  std::string checkpoint;  ///< File written after each epoch, and gone on from; empty: none.
  std::function<bool(const FitStep&)> go_on;  ///< Told after each step; false stops there, with a
                                              ///< checkpoint. Empty: nobody is.
};

/// What ends a training that was told to stop. Its checkpoint holds the last step.
class TrainingStopped : public std::runtime_error {
 public:
  TrainingStopped() : std::runtime_error{"training: stopped before its end"} {}
};

struct FitProgress {
  std::size_t epoch = 0;  ///< 1 for the first.
  std::size_t step = 0;
  double loss = 0.0;              ///< Mean over the epoch.
  double validation = 0.0;        ///< Loss of the averaged weights.
  double best = 0.0;              ///< The least so far.
  double seconds = 0.0;           ///< Of the epoch, or of what was left of it.
  double training_seconds = 0.0;  ///< Of these, without the validation.
  std::size_t examples = 0;       ///< Trained on in that time.
};

}  // namespace draftstream
