// Training a scripted network until it gets no better.
#pragma once

#include <torch/script.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "training/networks/objective.hpp"

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
  bool half = false;  ///< bfloat16 where LibTorch finds it sound.
  torch::Device device = torch::kCPU;
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

/// Trains by AdamW; weights are averaged over steps, and those of the least validation loss are
/// what remains. Everything random is a function of seed, epoch and step: a run that goes on from a
/// checkpoint ends like one that was never stopped.
///
/// @param module    In; out: the averaged weights of the best epoch, in evaluation mode, on the
/// CPU.
/// @param report    Called after each epoch.
/// @return Epochs done, those before the checkpoint included.
/// @throws std::invalid_argument if there is nothing to train on or to validate with;
///     InputError if the checkpoint is not one of this network and these options;
///     std::runtime_error if the loss is no longer a number.
/// @source Loshchilov & Hutter (2019), arXiv:1711.05101 (AdamW).
std::size_t fit(torch::jit::Module& module, const Objective& training, const Objective& validation,
                const FitOptions& options,
                const std::function<void(const FitProgress&)>& report = {});

/// Mean loss over all examples, in evaluation mode.
[[nodiscard]] double mean_loss(torch::jit::Module& module, const Objective& objective,
                               std::size_t batch, torch::Device device);

}  // namespace draftstream
