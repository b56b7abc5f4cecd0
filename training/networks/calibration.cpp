#include "training/networks/calibration.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace draftstream {
namespace {

constexpr int most_steps = 100;
constexpr double close_enough = 1e-10;  // of the gradient, a label
constexpr double ridge = 1e-12;         // keeps the matrix regular
constexpr std::size_t bins = 10;

struct Targets {
  double burst = 1.0;
  double other = 0.0;

  [[nodiscard]] double of(std::uint8_t label) const noexcept { return label != 0 ? burst : other; }
};

// -log likelihood, without overflow for any logit.
double cost(const Calibration& calibration, std::span<const double> logits,
            std::span<const std::uint8_t> labels, const Targets& targets) {
  double sum = 0.0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double z = calibration.logit(logits[i]);
    sum += std::max(z, 0.0) - z * targets.of(labels[i]) + std::log1p(std::exp(-std::abs(z)));
  }
  return sum;
}

}  // namespace

double Calibration::probability(double raw) const noexcept {
  const double z = logit(raw);
  return z >= 0.0 ? 1.0 / (1.0 + std::exp(-z)) : std::exp(z) / (1.0 + std::exp(z));
}

Calibration calibrate(std::span<const double> logits, std::span<const std::uint8_t> labels) {
  if (logits.size() != labels.size()) throw std::invalid_argument("calibrate: labels for each");
  const auto bursts = static_cast<double>(
      std::count_if(labels.begin(), labels.end(), [](std::uint8_t label) { return label != 0; }));
  const double others = static_cast<double>(labels.size()) - bursts;
  if (bursts == 0.0 || others == 0.0) {
    throw std::invalid_argument("calibrate: bursts and others are needed");
  }
  const Targets targets{(bursts + 1.0) / (bursts + 2.0), 1.0 / (others + 2.0)};
  Calibration best{0.0, std::log((bursts + 1.0) / (others + 1.0))};
  double least = cost(best, logits, labels, targets);
  for (int step = 0; step < most_steps; ++step) {
    double g1 = 0.0;
    double g0 = 0.0;
    double h11 = ridge;
    double h10 = 0.0;
    double h00 = ridge;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      const double p = best.probability(logits[i]);
      const double error = p - targets.of(labels[i]);
      const double weight = p * (1.0 - p);
      g1 += error * logits[i];
      g0 += error;
      h11 += weight * logits[i] * logits[i];
      h10 += weight * logits[i];
      h00 += weight;
    }
    if (std::abs(g1) + std::abs(g0) < close_enough * static_cast<double>(logits.size())) break;
    const double determinant = h11 * h00 - h10 * h10;
    const double slope = (h00 * g1 - h10 * g0) / determinant;
    const double offset = (h11 * g0 - h10 * g1) / determinant;
    double part = 1.0;
    for (; part > 1e-10; part *= 0.5) {
      const Calibration tried{best.slope - part * slope, best.offset - part * offset};
      const double reached = cost(tried, logits, labels, targets);
      if (reached < least) {
        best = tried;
        least = reached;
        break;
      }
    }
    if (part <= 1e-10) break;  // as close as doubles come
  }
  return best;
}

double calibration_error(const Calibration& calibration, std::span<const double> logits,
                         std::span<const std::uint8_t> labels) {
  std::array<double, bins> said{};
  std::array<double, bins> were{};
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double p = calibration.probability(logits[i]);
    const auto bin = std::min(bins - 1, static_cast<std::size_t>(p * static_cast<double>(bins)));
    said[bin] += p;
    were[bin] += labels[i] != 0 ? 1.0 : 0.0;
  }
  double error = 0.0;
  for (std::size_t bin = 0; bin < bins; ++bin) error += std::abs(said[bin] - were[bin]);
  return logits.empty() ? 0.0 : error / static_cast<double>(logits.size());
}

}  // namespace draftstream
