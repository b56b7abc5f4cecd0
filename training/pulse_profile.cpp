#include "training/pulse_profile.hpp"

#include <cmath>

#include "training/normal_integral.hpp"

namespace draftstream {
namespace {

constexpr double sqrt_two_pi = 2.5066282746310005;

double normal_density(double x) {
  return std::exp(-0.5 * x * x) / sqrt_two_pi;
}

// normal_integral(z) / normal_density(z) for z < -6, where both underflow sooner than their ratio.
// Source: Abramowitz & Stegun (1964), 7.1.23; the first neglected term is below 2e-7 of the sum.
double mills_ratio(double z) {
  const double u = 1.0 / (z * z);
  double sum = 1.0;
  double term = 1.0;
  for (int k = 1; k <= 9; ++k) {
    const double next = term * -(2.0 * k - 1.0) * u;
    if (std::abs(next) >= std::abs(term)) break;  // an asymptotic series: stop where it turns
    term = next;
    sum += term;
  }
  return -sum / z;
}

}  // namespace

PulseProfile::PulseProfile(Seconds fwhm, Seconds tau) noexcept
    : sigma_{fwhm.value() / fwhm_per_sigma}, tau_{tau.value()} {}

double PulseProfile::density(double t) const noexcept {
  const double x = t / sigma_;
  const double s = sigma_ / tau_;
  const double z = x - s;
  if (z < -6.0) return normal_density(x) * mills_ratio(z) / tau_;
  return std::exp(s * (0.5 * s - x)) * normal_integral(z) / tau_;  // exponent <= 6 s - s^2 / 2
}

// With g the Gaussian, p + tau p' = g. Integrated once and twice, this gives the two below.
double PulseProfile::integral(double t) const noexcept {
  const double gaussian = normal_integral(t / sigma_);
  return tau_ > 0.0 ? gaussian - tau_ * density(t) : gaussian;
}

double PulseProfile::second_integral(double t) const noexcept {
  const double x = t / sigma_;
  const double integrated = normal_integral(x);
  const double gaussian = t * integrated + sigma_ * normal_density(x);
  return tau_ > 0.0 ? gaussian - tau_ * (integrated - tau_ * density(t)) : gaussian;
}

double PulseProfile::begin() const noexcept {
  return -5.5 * sigma_;
}

double PulseProfile::end() const noexcept {
  return 5.5 * sigma_ + 14.0 * tau_;
}

}  // namespace draftstream
