#include "engine/tree/octaves.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "engine/channel_order.hpp"
#include "engine/dispersion.hpp"

namespace draftstream {
namespace {

constexpr unsigned largest_shift = 10;

// Delay of a channel behind the highest one for one unit of DM [samples].
double delay_per_dm(const FrequencyAxis& frequency, Megahertz centre, Seconds sample_time) {
  return dispersion_delay(DispersionMeasure{1.0}, centre, frequency.highest()) / sample_time;
}

}  // namespace

std::vector<Octave> plan_octaves(const FrequencyAxis& frequency, Seconds sample_time,
                                 const DmRange& range, const OctaveOptions& options) {
  if (options.shift > largest_shift || options.most_downsample < 1) {
    throw std::invalid_argument("plan_octaves: expected a shift of 0 to 10, downsampling >= 1");
  }
  const double sweep_per_dm = delay_per_dm(frequency, frequency.lowest(), sample_time);
  const auto channels = static_cast<double>(frequency.channels());
  std::vector<DispersionMeasure> trials{range.min};
  std::size_t taken = 0;  // trials that octaves have
  std::vector<Octave> octaves;
  for (unsigned k = 0;; ++k) {
    Octave octave;
    octave.downsample = 1U << (std::max(k, options.shift) - options.shift);
    octave.delay_step = std::max(1, (k < 2 ? 2 : 4) / static_cast<int>(octave.downsample));
    const TrialSpacing spacing{frequency, static_cast<double>(octave.downsample) * sample_time,
                               range};
    const DispersionMeasure top{std::ldexp(channels, static_cast<int>(k)) / sweep_per_dm};
    const bool limited = k >= options.shift && octave.downsample > options.most_downsample / 2;
    const bool last = limited || !(top < range.max);
    if (sweep_per_dm > 0.0) spacing.extend(trials, last ? range.max : top);
    // What the last step put above the octave is the first of the next one.
    for (; taken < trials.size() && (last || !(top < trials[taken])); ++taken) {
      octave.trials.push_back(trials[taken].value());
    }
    if (!octave.trials.empty()) octaves.push_back(std::move(octave));
    if (last) break;
  }
  check_sweep(range, trials.back().value() * sweep_per_dm);
  return octaves;
}

TreePlan plan_tree(const FrequencyAxis& frequency, Seconds sample_time, const Octave& octave) {
  const Seconds tree_sample = static_cast<double>(octave.downsample) * sample_time;
  std::vector<double> delays;
  delays.reserve(frequency.channels());
  for (const std::uint32_t channel : channels_by_rank(frequency)) {
    delays.push_back(delay_per_dm(frequency, frequency.centre(channel), tree_sample));
  }
  return {std::move(delays), octave.trials, tree_radices(frequency.channels()), octave.delay_step};
}

}  // namespace draftstream
