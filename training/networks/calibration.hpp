// From what a network says to a probability.
#pragma once

#include <cstdint>
#include <span>

namespace draftstream {

/// Probability = 1 / (1 + exp(-(slope * logit + offset))).
struct Calibration {
  double slope = 1.0;
  double offset = 0.0;

  [[nodiscard]] double logit(double raw) const noexcept { return slope * raw + offset; }
  [[nodiscard]] double probability(double raw) const noexcept;
};

/// The calibration of greatest likelihood, by Newton's method. Labels are taken as the published
/// one has it, (n1 + 1) / (n1 + 2) and 1 / (n0 + 2), so that it exists where classes can be
/// separated.
/// @param labels  Shape as logits: 1 for a burst, else 0; both kinds.
/// @throws std::invalid_argument if a kind is missing, or there are not as many labels as logits.
/// @source Platt (1999), in Advances in Large Margin Classifiers; Lin, Lin & Weng (2007), Machine
///         Learning 68, 267 (the method).
[[nodiscard]] Calibration calibrate(std::span<const double> logits,
                                    std::span<const std::uint8_t> labels);

/// Mean difference of probability and frequency of bursts in ten equal bins of probability,
/// weighted by how many each holds.
[[nodiscard]] double calibration_error(const Calibration& calibration,
                                       std::span<const double> logits,
                                       std::span<const std::uint8_t> labels);

}  // namespace draftstream
