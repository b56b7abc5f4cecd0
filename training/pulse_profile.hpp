// The shape of a pulse in one frequency, and its integrals.
#pragma once

#include "ingest/units.hpp"

namespace draftstream {

/// A Gaussian centred at 0, convolved with the exponential of a thin scattering screen:
///
///     p(t) = N(t; 0, sigma) * (1/tau) exp(-t/tau) [t >= 0],   integral 1, mean tau
///
/// A sample under a channel of finite width holds p averaged over the sample and over the delays in
/// that channel; both averages are differences of second_integral, with no steps to choose.
class PulseProfile {
 public:
  /// @param fwhm  Of the Gaussian; > 0.
  /// @param tau   1/e time of the tail; 0 = none.
  PulseProfile(Seconds fwhm, Seconds tau) noexcept;

  [[nodiscard]] double density(double t) const noexcept;          ///< p(t) [1/s]; tau > 0 only.
  [[nodiscard]] double integral(double t) const noexcept;         ///< Of p, from -infinity to t.
  [[nodiscard]] double second_integral(double t) const noexcept;  ///< Of integral(); [s].

  [[nodiscard]] double begin() const noexcept;  ///< Before it lies less than 1e-7 of the pulse [s].
  [[nodiscard]] double end() const noexcept;    ///< After it lies less than 1e-6 of the pulse [s].

 private:
  double sigma_;
  double tau_;
};

/// FWHM of a Gaussian of standard deviation 1: 2 sqrt(2 ln 2).
inline constexpr double fwhm_per_sigma = 2.3548200450309493;

}  // namespace draftstream
