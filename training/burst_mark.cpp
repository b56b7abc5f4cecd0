#include "training/burst_mark.hpp"

#include <cmath>

#include "engine/infer/tile_grid.hpp"

namespace draftstream {
namespace {

// @param late, sweep_off  Of the candidate, from the burst [samples].
// @param width            Of the burst's boxcar [samples].
bool is_in_mark(double late, double sweep_off, double width) {
  constexpr double rows = 4.0 * tile_grid::samples_a_row;
  constexpr double pixels = 4.0 * tile_grid::samples_a_pixel;
  const double off = std::abs(sweep_off);
  return off <= rows + 2.0 * width && std::abs(late) <= pixels + width + 0.5 * off;
}

}  // namespace

bool is_of_burst(const Candidate& candidate, const TrueBurst& burst,
                 const MatchTolerance& tolerance, const BandDelays& delays, const Truth& truth) {
  const Seconds sample_time = truth.time.sample_time;
  const FoundPulse pulse{"", candidate.toa, candidate.dm, candidate.snr,
                         static_cast<double>(candidate.boxcar_samples) * sample_time};
  const double late = (candidate.toa - burst.boxcar_toa) / sample_time;
  const double sweep_off = delays.sweep(candidate.dm) - delays.sweep(burst.burst.dm);
  return is_match(pulse, burst, tolerance) ||
         is_in_mark(late, sweep_off, static_cast<double>(burst.boxcar_samples));
}

}  // namespace draftstream
