// Probabilities from what networks say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace draftstream {

/// Probability = 1 / (1 + exp(-(sum of weight * feature + shift))).
struct Logistic {
  std::vector<double> weights;
  double shift = 0.0;

  [[nodiscard]] double logit(std::span<const double> features) const noexcept;
  [[nodiscard]] double probability(std::span<const double> features) const noexcept;
};

/// What is known of some candidates.
struct LabelledFeatures {
  std::size_t features = 1;          ///< Of each candidate.
  std::vector<double> values;        ///< Shape [candidate][feature].
  std::vector<std::uint8_t> bursts;  ///< Shape [candidate]: 1 for a burst, else 0.

  [[nodiscard]] std::size_t size() const noexcept { return bursts.size(); }
  [[nodiscard]] std::span<const double> of(std::size_t i) const noexcept {
    return std::span{values}.subspan(i * features, features);
  }
};

/// The logistic function of greatest likelihood, by Newton's method with halved steps. Labels are
/// taken as (n1 + 1) / (n1 + 2) and 1 / (n0 + 2), so that it exists where classes can be separated.
/// @throws std::invalid_argument if one kind of label is missing, or sizes do not fit.
/// @source Platt (1999), in Advances in Large Margin Classifiers; Lin, Lin & Weng (2007), Machine
///         Learning 68, 267 (the method).
[[nodiscard]] Logistic fit_logistic(const LabelledFeatures& sample);

/// Mean difference of probability and frequency of bursts in ten equal bins of probability,
/// weighted by how many each holds.
[[nodiscard]] double calibration_error(const Logistic& logistic, const LabelledFeatures& sample);

}  // namespace draftstream
