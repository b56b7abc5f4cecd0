// Training a scripted network until it gets no better.
#pragma once

#include <torch/script.h>

#include <cstddef>
#include <functional>

#include "training/networks/fit_options.hpp"
#include "training/networks/objective.hpp"

namespace draftstream {

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
///     ConfigError if there is no GPU where one is wanted; TrainingStopped when told so;
///     std::runtime_error if the loss is no longer a number.
/// @source Loshchilov & Hutter (2019), arXiv:1711.05101 (AdamW).
std::size_t fit(torch::jit::Module& module, const Objective& training, const Objective& validation,
                const FitOptions& options,
                const std::function<void(const FitProgress&)>& report = {});

/// Mean loss over all examples, in evaluation mode.
[[nodiscard]] double mean_loss(torch::jit::Module& module, const Objective& objective,
                               std::size_t batch, torch::Device device);

}  // namespace draftstream
