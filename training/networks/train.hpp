// From a training set to a network that a search can load.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/infer/inference_model.hpp"
#include "training/networks/fit_options.hpp"

namespace draftstream {

struct TrainRequest {
  NetworkKind kind = NetworkKind::detector;
  std::filesystem::path examples;      ///< A training set.
  std::filesystem::path architecture;  ///< Scripted network to begin with; trained or not.
  std::filesystem::path detector;      ///< For a classifier: to be weighed with it; may be empty.
  std::filesystem::path output;
  std::string version;  ///< For the metadata and the events.
  FitOptions fit;
};

struct TrainResult {
  std::size_t epochs = 0;
  std::size_t training = 0;    ///< Examples.
  std::size_t validation = 0;  ///< Examples.
  double loss = 0.0;           ///< Of the validation.
  std::string metadata;        ///< JSON, as it is in the file: recall, calibration, thresholds.
};

/// Trains, calibrates on the scenes for validation, and writes `output` (whole, or not at all) with
/// its metadata; the model card, as Markdown, goes beside it (`.md`).
/// @throws MissingInput, InputError of the examples or a network, or if there are too few examples;
///     ConfigError, TrainingStopped, std::runtime_error from fit().
TrainResult train(const TrainRequest& request,
                  const std::function<void(const FitProgress&)>& report = {});

}  // namespace draftstream
