// How cold plasma delays low frequencies.
#pragma once

#include "ingest/units.hpp"

namespace draftstream {

/// k_DM [MHz^2 pc^-1 cm^3 s]: the rounded value in which catalogue DMs are given; see
/// docs/decisions/0001-dispersion-constant.md.
/// @source Manchester & Taylor (1972), Astrophys. Lett. 10, 67: 1/(2.41e-4); kept by TEMPO and
/// PSRCAT.
inline constexpr double dispersion_constant = 1.0 / 2.41e-4;

/// Delay of `frequency` behind `reference` caused by free electrons along the way:
///
///     dt = k_DM * DM * (f^-2 - f_ref^-2)
///
/// @param dm         Dispersion measure [pc cm^-3]; finite.
/// @param frequency  Centre of a channel [MHz]; > 0.
/// @param reference  Where the delay is zero [MHz]; > 0, may be infinite.
/// @return Delay [s]; positive below `reference`, zero at it.
/// @throws std::invalid_argument naming the argument that is out of range.
Seconds dispersion_delay(DispersionMeasure dm, Megahertz frequency, Megahertz reference);

}  // namespace draftstream
