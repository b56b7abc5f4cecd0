// Networks from files, with what these say of themselves.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "engine/infer/inference_model.hpp"

namespace draftstream {

/// What a file says of its network. Logits become `scale * logit + shift` before anything else is
/// done with them.
struct NetworkInfo {
  std::string name;
  std::string version;
  std::string sha256;  ///< Of the file, in hexadecimal.
  /// That the weights should have; "" for a file that does not say.
  std::string weights_sha256;
  double scale = 1.0;
  double shift = 0.0;
  double find_threshold = 0.5;     ///< Of a detector: score from which a find is looked at.
  double detector_weight = 1.0;    ///< Of a classifier: logit of the probability that it is a
  double classifier_weight = 1.0;  ///< burst = weights times calibrated logits + fusion_shift.
  double fusion_shift = 0.0;
  double threshold = 0.5;  ///< Of a classifier: probability from which it is called a burst.
};

struct Network {
  NetworkInfo info;
  std::shared_ptr<InferenceModel> model;  // shared by the beams of a run
};

/// @throws MissingInput if the file cannot be read.
/// @throws InputError   if it holds no such network, or one for other inputs, or its metadata or
///                      weights are damaged. Of a file that does not say what its weights should
///                      be, damage to them goes unnoticed.
/// @throws ConfigError  if this build cannot compute networks, or not as the options say.
[[nodiscard]] Network load_network(const std::filesystem::path& path, NetworkKind kind,
                                   const NetworkOptions& options = {});

/// Does this build have what computes networks, and can it be loaded?
[[nodiscard]] bool can_compute_networks();

/// The part of load_network that needs no network: looks at the metadata.
/// @throws InputError
[[nodiscard]] NetworkInfo read_metadata(const std::string& json, const std::string& sha256,
                                        NetworkKind kind);

/// SHA-256 in hexadecimal.
[[nodiscard]] std::string sha256_of(const std::string& bytes);

}  // namespace draftstream
