#include "engine/infer/verdict.hpp"

#include <cmath>

namespace draftstream {
namespace {

double sigmoid(double logit) {
  return 1.0 / (1.0 + std::exp(-logit));
}

// Peaks of white noise look like faint bursts; what tells them apart is how rare they are.
double odds_of_noise(double snr) {
  constexpr double at_six = 10.0;
  return at_six * std::exp(0.5 * (36.0 - snr * snr));
}

double calibrated(const NetworkInfo& info, double logit) {
  return info.scale * logit + info.shift;
}

}  // namespace

void pass_verdict(const Networks& networks, double detector_logit, double classifier_logit,
                  Candidate& candidate) {
  const NetworkInfo& fusion = networks.classifier.info;
  const double detector = calibrated(networks.detector.info, detector_logit);
  const double classifier = calibrated(fusion, classifier_logit);
  candidate.detector_score = sigmoid(detector);
  candidate.classifier_score = sigmoid(classifier);
  const double both = fusion.detector_weight * detector + fusion.classifier_weight * classifier;
  candidate.probability =
      1.0 / (1.0 + std::exp(-(both + fusion.fusion_shift)) + odds_of_noise(candidate.snr));
  candidate.label = *candidate.probability >= fusion.threshold ? "burst" : "interference";
}

}  // namespace draftstream
