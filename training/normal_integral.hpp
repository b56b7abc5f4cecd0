// The normal distribution's integral and its inverse.
#pragma once

#include <cmath>

namespace draftstream {

/// Probability of a normal deviate below z.
inline double normal_integral(double z) {
  constexpr double sqrt_half = 0.70710678118654752;
  return 0.5 * std::erfc(-z * sqrt_half);
}

/// The z below which a normal deviate lies with this probability, 1e-15 to 1 - 1e-15; to 1e-9.
inline double normal_quantile(double probability) {
  double low = -9.0;
  double high = 9.0;
  for (int halving = 0; halving < 35; ++halving) {
    const double middle = 0.5 * (low + high);
    (normal_integral(middle) < probability ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace draftstream
