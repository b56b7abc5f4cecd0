// draftstream evaluate --model: how good two networks are, on fresh scenes.
#pragma once

#include <filesystem>

#include "training/model_evaluation.hpp"

namespace draftstream {

struct EvaluateModelRequest {
  std::filesystem::path detector;
  std::filesystem::path classifier;
  ModelEvaluationOptions options;
  bool json = false;
  std::filesystem::path output;  ///< Folder for results and figures; empty: none.
};

/// Prints what it finds.
/// @return The exit status.
/// @throws MissingInput, InputError, ConfigError as load_network().
int evaluate_model(const EvaluateModelRequest& request);

/// Draws roc.png, roc_without_mimics.png, roc_clean.png, calibration.png. Not while another thread
/// draws.
/// @throws std::runtime_error naming the file, if it cannot be written, or what is not installed.
void draw_model_evaluation(const ModelEvaluation& evaluation, const std::filesystem::path& folder);

}  // namespace draftstream
