#include "training/scintillation.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "training/random.hpp"

namespace draftstream {
namespace {

// z is a sum of Gaussian bells of this sigma, one at each of its multiples: |<z z*>|^2 is then a
// Gaussian of the same sigma, even to 1e-4, and falls to a half at 1.1774 of it.
constexpr double scale_per_sigma = 1.1774100225154747;
constexpr double reach = 5.0;                        // of a bell, in sigma
constexpr double bells_square = 1.7724538509055161;  // sum over bells of exp(-x^2): sqrt(pi)
constexpr double points_per_sigma = 2.0;
constexpr double most_points = 16.0;  // in a channel

std::complex<double> deviate(std::uint64_t seed, std::int64_t bell) {
  const auto number = static_cast<std::uint64_t>(bell);
  const double u = hashed_uniform(seed, RandomStream::scintillation, number, 0);
  const double v = hashed_uniform(seed, RandomStream::scintillation, number, 1);
  return std::polar(std::sqrt(-std::log(1.0 - u)), 2.0 * std::numbers::pi * v);
}

// |z|^2 at a frequency in units of sigma.
double intensity(std::uint64_t seed, double at) {
  std::complex<double> sum = 0.0;
  const auto last = static_cast<std::int64_t>(std::floor(at + reach));
  for (auto bell = static_cast<std::int64_t>(std::ceil(at - reach)); bell <= last; ++bell) {
    const double x = at - static_cast<double>(bell);
    sum += std::exp(-0.5 * x * x) * deviate(seed, bell);
  }
  return std::norm(sum) / bells_square;
}

}  // namespace

std::vector<double> scintillation(const FrequencyAxis& frequency, Megahertz scale, double depth,
                                  std::uint64_t seed) {
  const double sigma_mhz = scale.value() / scale_per_sigma;
  const double width = frequency.channel_width().value() / sigma_mhz;
  const auto points =
      static_cast<int>(std::clamp(std::ceil(points_per_sigma * width), 1.0, most_points));
  std::vector<double> gains;
  for (std::size_t c = 0; c < frequency.channels(); ++c) {
    const double centre = frequency.centre(c).value() / sigma_mhz;
    double mean = 0.0;
    for (int point = 0; point < points; ++point) {
      const double place = (point + 0.5) / points - 0.5;  // -1/2 to 1/2 of the channel
      mean += intensity(seed, centre + width * place) / points;
    }
    gains.push_back(1.0 - depth + depth * mean);
  }
  return gains;
}

}  // namespace draftstream
