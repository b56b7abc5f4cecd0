#include "training/burst_mark.hpp"

#include <algorithm>
#include <cmath>

#include "engine/infer/tile_grid.hpp"

namespace draftstream {
namespace {

// Where a burst lies in the band, by the delays of its edges: 0 at the highest channel, 1 at the
// lowest.
struct PlaceInBand {
  double begin = 0.0;
  double end = 1.0;

  [[nodiscard]] double part() const noexcept { return end - begin; }
  [[nodiscard]] double middle() const noexcept { return 0.5 * (begin + end); }
};

PlaceInBand place_of(const Burst& burst, const FrequencyAxis& frequency) {
  if (!burst.band) return {};
  const auto delay = [](Megahertz at) { return 1.0 / (at.value() * at.value()); };
  const double top = delay(frequency.highest());
  const double whole = delay(frequency.lowest()) - top;
  const auto place = [&](Megahertz at) { return std::clamp((delay(at) - top) / whole, 0.0, 1.0); };
  constexpr double least_part = 1.0 / 32.0;
  const double begin = place(burst.band->top);
  return {begin, std::max(begin + least_part, place(burst.band->bottom))};
}

// @param late, sweep_off  Of the candidate, from the burst, over the whole band [samples].
// @param width            Of the burst's boxcar [samples].
bool is_in_mark(double late, double sweep_off, double width, const PlaceInBand& place) {
  constexpr double rows = 4.0 * tile_grid::samples_a_row;
  constexpr double pixels = 4.0 * tile_grid::samples_a_pixel;
  const double off = std::abs(sweep_off);
  const double late_in_it = late + place.middle() * sweep_off;
  return off <= rows + 2.0 * width / place.part() &&
         std::abs(late_in_it) <= pixels + width + 0.5 * place.part() * off;
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
         is_in_mark(late, sweep_off, static_cast<double>(burst.boxcar_samples),
                    place_of(burst.burst, truth.frequency));
}

}  // namespace draftstream
