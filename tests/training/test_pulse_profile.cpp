// The analytic pulse against plain numerical integration.
#include <cmath>

#include "tests/support/catch.hpp"
#include "training/pulse_profile.hpp"

using namespace draftstream;

namespace {

// Integral of the Gaussian's integral against the exponential, by Simpson's rule.
double integral_by_steps(double t, double sigma, double tau) {
  constexpr int steps = 20'000;
  const double longest = 40.0 * tau;
  double sum = 0.0;
  for (int i = 0; i <= steps; ++i) {
    const double u = longest * i / steps;
    const double weight = i == 0 || i == steps ? 1.0 : (i % 2 == 1 ? 4.0 : 2.0);
    const double gaussian = 0.5 * std::erfc(-(t - u) / (sigma * std::sqrt(2.0)));
    sum += weight * gaussian * std::exp(-u / tau) / tau;
  }
  return sum * longest / steps / 3.0;
}

}  // namespace

TEST_CASE("a scattered pulse is the convolution it claims to be", "[training][pulse_profile]") {
  const double sigma = 2e-3;
  const double tau = GENERATE(0.02, 0.3, 1.0, 5.0, 40.0) * sigma;
  const PulseProfile profile{Seconds{fwhm_per_sigma * sigma}, Seconds{tau}};
  const double apart = 0.37 * sigma;
  const auto places = static_cast<int>((profile.end() - profile.begin()) / apart);
  for (int i = 0; i <= places; ++i) {
    const double t = profile.begin() + i * apart;
    CAPTURE(tau, t);
    CHECK(std::abs(profile.integral(t) - integral_by_steps(t, sigma, tau)) < 1e-6);
    const double step = 1e-3 * sigma;
    const double slope =
        (profile.second_integral(t + step) - profile.second_integral(t - step)) / (2.0 * step);
    CHECK(std::abs(slope - profile.integral(t)) < 1e-6);
  }
}

TEST_CASE("a pulse has unit fluence and the mean of its tail", "[training][pulse_profile]") {
  struct Row {
    const char* what;
    double fwhm, tau;
  };
  const auto row = GENERATE(values<Row>({{"no tail", 3e-3, 0.0},
                                         {"hardly a tail", 3e-3, 1e-9},
                                         {"short tail", 3e-3, 1e-3},
                                         {"long tail", 3e-3, 0.1},
                                         {"all tail", 1e-6, 0.1}}));
  INFO(row.what);
  const PulseProfile profile{Seconds{row.fwhm}, Seconds{row.tau}};
  CHECK(profile.integral(profile.begin()) < 1e-7);
  CHECK(1.0 - profile.integral(profile.end()) < 1e-6);
  // Integral of (step at 0 - integral) is the mean: t - second_integral(t) far behind the pulse.
  const double late = 40.0 * (row.fwhm + row.tau);
  CHECK(std::abs(late - profile.second_integral(late) - row.tau) < 1e-9);
}

TEST_CASE("an unscattered pulse has its half power at half its width",
          "[training][pulse_profile]") {
  const PulseProfile profile{Seconds{4e-3}, Seconds{0.0}};
  const double step = 1e-6;
  const auto density = [&](double t) {
    return (profile.integral(t + step) - profile.integral(t - step)) / (2.0 * step);
  };
  CHECK(std::abs(density(2e-3) / density(0.0) - 0.5) < 1e-5);
  CHECK(std::abs(density(-2e-3) / density(0.0) - 0.5) < 1e-5);
}
