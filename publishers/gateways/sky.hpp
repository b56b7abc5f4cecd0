// Directions on the sky.
#pragma once

namespace draftstream {

/// Great circle between two directions [deg], in any one system.
[[nodiscard]] double separation_deg(double ra_a_deg, double dec_a_deg, double ra_b_deg,
                                    double dec_b_deg);

struct GalacticDirection {
  double gl_deg = 0.0;  ///< 0 to 360.
  double gb_deg = 0.0;
};

/// The same direction as ICRS has, in galactic coordinates; to a few 1e-5 degrees.
/// @source Pole and zero of longitude in ICRS: ESA, The Hipparcos and Tycho Catalogues (1997),
///         volume 1, section 1.5.3.
[[nodiscard]] GalacticDirection galactic_of(double ra_deg, double dec_deg);

}  // namespace draftstream
