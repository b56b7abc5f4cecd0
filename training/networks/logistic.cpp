#include "training/networks/logistic.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace draftstream {
namespace {

constexpr int most_steps = 100;
constexpr double close_enough = 1e-10;  // of the gradient, a candidate
constexpr double ridge = 1e-9;          // keeps the matrix regular
constexpr double least_part = 1e-10;    // of a step
constexpr std::size_t bins = 10;

double sigmoid(double z) {
  return z >= 0.0 ? 1.0 / (1.0 + std::exp(-z)) : std::exp(z) / (1.0 + std::exp(z));
}

struct Targets {
  double burst = 1.0;
  double other = 0.0;

  [[nodiscard]] double of(std::uint8_t label) const noexcept { return label != 0 ? burst : other; }
};

// -log likelihood, without overflow for any logit.
double cost(const Logistic& logistic, const LabelledFeatures& sample, const Targets& targets) {
  double sum = 0.0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double z = logistic.logit(sample.of(i));
    sum += std::max(z, 0.0) - z * targets.of(sample.bursts[i]) + std::log1p(std::exp(-std::abs(z)));
  }
  return sum;
}

// Solves a x = b for a symmetric, positive matrix; `a` has shape [n][n].
std::vector<double> solve(std::vector<double> a, std::vector<double> b) {
  const std::size_t n = b.size();
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = a[i * n + k] / a[k * n + k];
      for (std::size_t j = k; j < n; ++j) a[i * n + j] -= factor * a[k * n + j];
      b[i] -= factor * b[k];
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t j = k + 1; j < n; ++j) b[k] -= a[k * n + j] * b[j];
    b[k] /= a[k * n + k];
  }
  return b;
}

// Newton's step: of each weight, then of the shift.
struct Step {
  std::vector<double> by;
  double gradient = 0.0;  // sum of its absolute values
};

Step newton_step(const Logistic& logistic, const LabelledFeatures& sample, const Targets& targets) {
  const std::size_t n = sample.features + 1;
  std::vector<double> gradient(n, 0.0);
  std::vector<double> curvature(n * n, 0.0);
  for (std::size_t k = 0; k < n; ++k) curvature[k * n + k] = ridge;
  std::vector<double> x(n, 1.0);
  for (std::size_t i = 0; i < sample.size(); ++i) {
    std::copy_n(sample.of(i).data(), sample.features, x.data());
    const double p = logistic.probability(sample.of(i));
    const double error = p - targets.of(sample.bursts[i]);
    for (std::size_t k = 0; k < n; ++k) {
      gradient[k] += error * x[k];
      for (std::size_t j = 0; j < n; ++j) curvature[k * n + j] += p * (1.0 - p) * x[k] * x[j];
    }
  }
  const double sum = std::accumulate(gradient.begin(), gradient.end(), 0.0,
                                     [](double a, double b) { return a + std::abs(b); });
  return {solve(std::move(curvature), std::move(gradient)), sum};
}

}  // namespace

double Logistic::logit(std::span<const double> features) const noexcept {
  return std::inner_product(weights.begin(), weights.end(), features.begin(), shift);
}

double Logistic::probability(std::span<const double> features) const noexcept {
  return sigmoid(logit(features));
}

Logistic fit_logistic(const LabelledFeatures& sample) {
  if (sample.features == 0 || sample.values.size() != sample.size() * sample.features) {
    throw std::invalid_argument("fit_logistic: features and labels do not fit");
  }
  const auto bursts = static_cast<double>(
      std::count_if(sample.bursts.begin(), sample.bursts.end(), [](auto b) { return b != 0; }));
  const double others = static_cast<double>(sample.size()) - bursts;
  if (bursts == 0.0 || others == 0.0) {
    throw std::invalid_argument("fit_logistic: bursts and others are needed");
  }
  const Targets targets{(bursts + 1.0) / (bursts + 2.0), 1.0 / (others + 2.0)};
  Logistic best{std::vector<double>(sample.features, 0.0),
                std::log((bursts + 1.0) / (others + 1.0))};
  double least = cost(best, sample, targets);
  for (int i = 0; i < most_steps; ++i) {
    const Step step = newton_step(best, sample, targets);
    if (step.gradient < close_enough * static_cast<double>(sample.size())) break;
    bool better = false;
    for (double part = 1.0; part > least_part && !better; part *= 0.5) {
      Logistic tried = best;
      for (std::size_t k = 0; k < sample.features; ++k) tried.weights[k] -= part * step.by[k];
      tried.shift -= part * step.by.back();
      const double reached = cost(tried, sample, targets);
      better = reached < least;
      if (better) {
        best = std::move(tried);
        least = reached;
      }
    }
    if (!better) break;  // as close as doubles come
  }
  return best;
}

double calibration_error(const Logistic& logistic, const LabelledFeatures& sample) {
  std::array<double, bins> said{};
  std::array<double, bins> were{};
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double p = logistic.probability(sample.of(i));
    const auto bin = std::min(bins - 1, static_cast<std::size_t>(p * static_cast<double>(bins)));
    said[bin] += p;
    were[bin] += sample.bursts[i] != 0 ? 1.0 : 0.0;
  }
  double error = 0.0;
  for (std::size_t bin = 0; bin < bins; ++bin) error += std::abs(said[bin] - were[bin]);
  return sample.size() == 0 ? 0.0 : error / static_cast<double>(sample.size());
}

}  // namespace draftstream
