#include "training/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/dispersion.hpp"
#include "training/pulse_profile.hpp"

namespace draftstream {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double standard_errors = 5.0;

// f^-2 over the burst's channels [MHz^-2].
struct Lever {
  double mean = 0.0;
  double deviation = 0.0;
  double span = 0.0;
};

Lever lever_arm(const TrueBurst& truth, const FrequencyAxis& frequency) {
  const auto last = truth.burst.band_of(truth.burst.components - 1);  // the lowest of them
  const Megahertz bottom = last ? last->bottom : Megahertz{};
  std::vector<double> x;
  for (std::size_t c = 0; c < frequency.channels(); ++c) {
    const Megahertz centre = frequency.centre(c);
    const auto& band = truth.burst.band;
    if (band && (centre > band->top || centre < bottom)) continue;
    x.push_back(1.0 / (centre.value() * centre.value()));
  }
  Lever lever;
  if (x.empty()) return lever;
  const auto n = static_cast<double>(x.size());
  lever.mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
  for (const double value : x) lever.deviation += (value - lever.mean) * (value - lever.mean) / n;
  lever.deviation = std::sqrt(lever.deviation);
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  lever.span = *high - *low;
  return lever;
}

double square(double x) {
  return x * x;
}

// FWHM after everything that widens a pulse before it is dedispersed [s].
double effective_width(const TrueBurst& truth, const Truth& sky) {
  const double middle = sky.frequency.middle().value();
  const double half = 0.5 * std::min(sky.frequency.channel_width().value(), middle);
  const double smear =
      dispersion_delay(truth.burst.dm, Megahertz{middle - half}, Megahertz{middle + half}).value();
  return std::sqrt(square(truth.burst.width.value()) + square(truth.burst.tau.value()) +
                   square(smear) + square(truth.burst.spread().value()) +
                   square(truth.burst.slant.value()) + square(sky.time.sample_time.value()));
}

// Distance in units of the tolerances; empty if beyond them.
std::optional<double> distance(const FoundPulse& found, const TrueBurst& burst,
                               const MatchTolerance& tolerance) {
  const double most = tolerance.time.value() + 0.5 * found.width.value();
  const double time = std::abs((found.toa - burst.boxcar_toa).value()) / most;
  const double dm = std::abs((found.dm - burst.burst.dm).value()) / tolerance.dm.value();
  if (!(time <= 1.0 && dm <= 1.0)) return std::nullopt;  // also without a number
  return std::hypot(time, dm);
}

std::optional<ErrorSummary> summarise(const std::vector<Match>& matches, double target,
                                      double (*value)(const Match&)) {
  if (matches.empty()) return std::nullopt;
  const auto n = static_cast<double>(matches.size());
  ErrorSummary summary;
  summary.worst = target;
  for (const Match& match : matches) {
    const double found = value(match);
    summary.mean += found / n;
    summary.rms += square(found - target) / n;
    if (std::abs(found - target) > std::abs(summary.worst - target)) summary.worst = found;
  }
  summary.rms = std::sqrt(summary.rms);
  return summary;
}

std::vector<RecallBin> empty_bins() {
  constexpr double edges[] = {0.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 30.0, 50.0, infinity};
  std::vector<RecallBin> bins;
  for (std::size_t i = 0; i + 1 < std::size(edges); ++i) {
    bins.push_back({edges[i], edges[i + 1], 0, 0});
  }
  return bins;
}

}  // namespace

MatchTolerance match_tolerance(const TrueBurst& burst, const Truth& truth) {
  const double width = effective_width(burst, truth);
  const double toa_error =
      std::sqrt(2.0) * (width / fwhm_per_sigma) / std::max(1.0, burst.snr_inside());
  const Lever lever = lever_arm(burst, truth.frequency);
  const double widest = 0.5 * width + truth.time.sample_time.value();
  if (!(lever.deviation > 0.0)) {  // one channel tells no DM
    return {Seconds{standard_errors * toa_error + widest}, DispersionMeasure{infinity}};
  }
  const double top = 1.0 / square(truth.frequency.highest().value());
  const double far = std::sqrt(1.0 + square((lever.mean - top) / lever.deviation));
  return {Seconds{standard_errors * toa_error * far + widest},
          DispersionMeasure{standard_errors * toa_error / (dispersion_constant * lever.deviation) +
                            0.5 * width / (dispersion_constant * lever.span)}};
}

bool is_match(const FoundPulse& found, const TrueBurst& burst, const MatchTolerance& tolerance) {
  return distance(found, burst, tolerance).has_value();
}

Evaluation evaluate(std::span<const FoundPulse> found, const Truth& truth) {
  std::vector<MatchTolerance> tolerances;
  for (const TrueBurst& burst : truth.bursts) tolerances.push_back(match_tolerance(burst, truth));

  std::vector<std::size_t> by_snr(found.size());
  std::iota(by_snr.begin(), by_snr.end(), std::size_t{0});
  std::stable_sort(by_snr.begin(), by_snr.end(),
                   [&](std::size_t a, std::size_t b) { return found[a].snr > found[b].snr; });

  Evaluation result;
  std::vector<bool> taken(truth.bursts.size(), false);
  for (const std::size_t candidate : by_snr) {
    double nearest = infinity;
    std::optional<std::size_t> best;  // of those without a better candidate
    bool any = false;
    for (std::size_t b = 0; b < truth.bursts.size(); ++b) {
      const auto far = distance(found[candidate], truth.bursts[b], tolerances[b]);
      if (!far) continue;
      any = true;
      if (!taken[b] && *far < nearest) {
        nearest = *far;
        best = b;
      }
    }
    if (!best) {
      (any ? result.duplicates : result.false_alarms).push_back(candidate);
      continue;
    }
    taken[*best] = true;
    const FoundPulse& pulse = found[candidate];
    const TrueBurst& burst = truth.bursts[*best];
    result.matches.push_back({*best, candidate, pulse.dm - burst.burst.dm,
                              pulse.toa - burst.boxcar_toa, pulse.snr / burst.snr_inside(),
                              pulse.snr / burst.boxcar_snr});
  }
  std::sort(result.matches.begin(), result.matches.end(),
            [](const Match& a, const Match& b) { return a.burst < b.burst; });
  std::sort(result.duplicates.begin(), result.duplicates.end());
  std::sort(result.false_alarms.begin(), result.false_alarms.end());

  result.recall = empty_bins();
  for (std::size_t b = 0; b < truth.bursts.size(); ++b) {
    for (RecallBin& bin : result.recall) {
      const double snr = truth.bursts[b].snr_inside();
      if (snr < bin.low || snr >= bin.high) continue;
      ++bin.bursts;
      if (taken[b]) ++bin.found;
    }
    if (!taken[b]) result.missed.push_back(b);
  }
  result.false_alarms_per_hour =
      static_cast<double>(result.false_alarms.size()) * 3600.0 / truth.duration().value();

  result.dm_error =
      summarise(result.matches, 0.0, [](const Match& match) { return match.dm_error.value(); });
  result.time_error_s =
      summarise(result.matches, 0.0, [](const Match& match) { return match.time_error.value(); });
  result.snr_ratio =
      summarise(result.matches, 1.0, [](const Match& match) { return match.snr_ratio; });
  result.boxcar_snr_ratio =
      summarise(result.matches, 1.0, [](const Match& match) { return match.boxcar_snr_ratio; });
  return result;
}

}  // namespace draftstream
