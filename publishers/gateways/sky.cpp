#include "publishers/gateways/sky.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace draftstream {
namespace {

constexpr double radian = std::numbers::pi / 180.0;  // [rad deg^-1]

// The north galactic pole, and the galactic longitude of the north celestial one.
constexpr double pole_ra_deg = 192.85948;
constexpr double pole_dec_deg = 27.12825;
constexpr double longitude_of_north_deg = 122.93192;

}  // namespace

double separation_deg(double ra_a_deg, double dec_a_deg, double ra_b_deg, double dec_b_deg) {
  // Haversines: exact where the distance is small, which is what is asked for here.
  const double half_dec = std::sin((dec_b_deg - dec_a_deg) / 2 * radian);
  const double half_ra = std::sin((ra_b_deg - ra_a_deg) / 2 * radian);
  const double haversine = half_dec * half_dec + std::cos(dec_a_deg * radian) *
                                                     std::cos(dec_b_deg * radian) * half_ra *
                                                     half_ra;
  return 2 * std::asin(std::sqrt(std::clamp(haversine, 0.0, 1.0))) / radian;
}

GalacticDirection galactic_of(double ra_deg, double dec_deg) {
  const double ra = (ra_deg - pole_ra_deg) * radian;
  const double dec = dec_deg * radian;
  const double pole = pole_dec_deg * radian;
  const double sin_gb =
      std::sin(dec) * std::sin(pole) + std::cos(dec) * std::cos(pole) * std::cos(ra);
  const double east = std::cos(dec) * std::sin(ra);
  const double north =
      std::sin(dec) * std::cos(pole) - std::cos(dec) * std::sin(pole) * std::cos(ra);
  const double gl = longitude_of_north_deg - std::atan2(east, north) / radian;
  return {gl - 360.0 * std::floor(gl / 360.0), std::asin(std::clamp(sin_gb, -1.0, 1.0)) / radian};
}

}  // namespace draftstream
