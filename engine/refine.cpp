#include "engine/refine.hpp"

#include <algorithm>
#include <cmath>

namespace draftstream {
namespace {

constexpr int steps_a_side = 8;
constexpr int most_rounds = 4;
constexpr double worthwhile = 1.02;  // gain in S/N that makes another round worth its time

// Errors of time and DM of a pulse of width w, S/N s, seen over a band in which f^-2 is spread
// evenly: a straight line fitted to arrival times, whose error at the middle is w / s (about that
// of a matched filter), whose slope has sqrt(12) of it over the band, and which is then read off
// at the band's upper edge.
// Source: Cordes & McLaughlin (2003), ApJ 596, 1142, section 2; the line fit is elementary.
constexpr double slope_error = 3.4641016151377544;  // sqrt(12)
constexpr double edge_error = 2.0;                  // sqrt(1 + 12 / 4)

}  // namespace

// Steps and widths of each round are at most a quarter and a half of the one before.
NearTracks Refiner::tracks_near(const Detection& detection, const SampleRange& reach) const {
  const double dm = plan_.trial(detection.trial).value();
  const double span = 4.0 / 3.0 * plan_.step(detection.trial).value();
  const double highest = plan_.trial(plan_.trials() - 1).value();
  const std::uint64_t before = 2 * std::uint64_t{detection.width};
  const std::uint64_t first = detection.first > before ? detection.first - before : 0;
  return {DispersionMeasure{std::max(0.0, dm - span)},
          DispersionMeasure{std::min(highest, dm + span)},
          {std::max(reach.first, first),
           std::min(reach.end, detection.first + 4 * std::uint64_t{detection.width})}};
}

Candidate Refiner::refine(const Detection& detection, const ConditionedSamples& samples,
                          double share, double least_goods, const SampleRange& reach) const {
  const double step = plan_.step(detection.trial).value();
  Box best{0.0, plan_.trial(detection.trial).value(), detection.first, detection.width};
  // A pulse narrower than the plan reckoned with is found in ever finer steps.
  double span = step;
  for (int round = 0; round < most_rounds; ++round, span /= 4.0) {
    const Box start = best;
    for (int i = 0; i <= steps_a_side; ++i) {  // from the middle outwards: ties go to it
      for (const int side : {1, -1}) {
        const double dm = start.dm + side * i * span / steps_a_side;
        // The history reaches as far as the longest trial needs.
        const bool in_range = dm >= 0.0 && dm <= plan_.trial(plan_.trials() - 1).value();
        if (!in_range || (i == 0 && side < 0) || (i != 0 && span == 0.0)) continue;
        const Box box = best_at(start, samples, dm, share, least_goods, reach);
        if (box.snr > best.snr) best = box;
      }
    }
    if (best.snr < worthwhile * start.snr || best.width > start.width / 2) break;
  }
  const double fine_step = span / steps_a_side;

  Candidate candidate;
  candidate.snr = best.snr / detection.noise;
  candidate.dm = DispersionMeasure{best.dm};
  candidate.trial_step = DispersionMeasure{step};
  candidate.boxcar_samples = best.width;
  candidate.first_sample = best.first;
  const double middle = static_cast<double>(best.first) + 0.5 * best.width;
  candidate.sample_index = best.first + best.width / 2;
  candidate.toa = middle * sample_time_;
  const double time_error = std::max(best.width / candidate.snr, 1.0 / slope_error);  // [samples]
  candidate.toa_uncertainty = edge_error * time_error * sample_time_;
  const double sweep = plan_.sweep_samples(DispersionMeasure{1.0});
  const double dm_error = sweep > 0.0 ? slope_error * time_error / sweep : 0.0;
  candidate.dm_uncertainty = DispersionMeasure{std::max(dm_error, 0.5 * fine_step)};
  describe_losses(samples, best, candidate);
  return candidate;
}

Refiner::Box Refiner::best_at(const Box& around, const ConditionedSamples& samples, double dm,
                              double share, double least_goods, const SampleRange& reach) const {
  const std::uint32_t narrow = std::max(1U, around.width / 2);
  const std::uint32_t wide = std::min(widest_, 2 * around.width);
  const std::uint64_t begin =
      std::max(reach.first, around.first > around.width ? around.first - around.width : 0);
  const std::uint64_t last_start = around.first + around.width;
  const std::uint64_t end = std::min(reach.end, last_start + wide);

  std::vector<std::int32_t> delays(plan_.channels());
  plan_.delays(DispersionMeasure{dm}, delays);
  std::vector<float> sums(end - begin);
  std::vector<std::uint16_t> goods(end - begin);
  const std::span<const std::int32_t> track{delays};
  const std::span all_sums{sums};
  const std::span all_goods{goods};
  dedisperser_.sum(samples, {&track, 1}, begin, {&all_sums, 1});
  dedisperser_.count(samples, {&track, 1}, begin, {&all_goods, 1});
  std::vector<double> sums_before(sums.size() + 1, 0.0);
  std::vector<double> goods_before(sums.size() + 1, 0.0);
  for (std::size_t t = 0; t < sums.size(); ++t) {
    sums_before[t + 1] = sums_before[t] + static_cast<double>(sums[t]);
    goods_before[t + 1] = goods_before[t] + goods[t];
  }

  const std::uint32_t width_step = std::max(1U, around.width / 16);
  Box best;
  for (std::uint32_t width = narrow; width <= wide && width <= sums.size(); width += width_step) {
    const std::size_t last = std::min<std::size_t>(last_start - begin, sums.size() - width);
    for (std::size_t start = 0; start <= last; ++start) {
      const double good = goods_before[start + width] - goods_before[start];
      if (good <= 0.0 || good < least_goods * width) continue;
      const double snr =
          (sums_before[start + width] - sums_before[start]) / std::sqrt(good * share);
      if (snr > best.snr) best = {snr, dm, begin + start, width};
    }
  }
  return best;
}

void Refiner::describe_losses(const ConditionedSamples& samples, const Box& box,
                              Candidate& candidate) const {
  std::vector<std::int32_t> delays(plan_.channels());
  plan_.delays(DispersionMeasure{box.dm}, delays);
  std::size_t missing = 0;
  std::size_t masked = 0;
  for (std::size_t c = 0; c < plan_.channels(); ++c) {
    for (std::uint32_t i = 0; i < box.width; ++i) {
      const Weight weight =
          *samples.weights(c, box.first + i + static_cast<std::uint64_t>(delays[c]));
      missing += weight == Weight::missing ? 1 : 0;
      masked += weight == Weight::masked ? 1 : 0;
    }
  }
  const double cells = static_cast<double>(plan_.channels()) * box.width;
  candidate.frac_missing = static_cast<double>(missing) / cells;
  candidate.frac_masked = static_cast<double>(masked) / cells;
  candidate.gap_within_event = missing != 0;
}

}  // namespace draftstream
