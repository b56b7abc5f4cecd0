// The measured S/N of injected pulses against what the plan predicts: two ways that share nothing
// but the tree.
#include <cmath>
#include <cstddef>
#include <vector>

#include "bench/kept_snr.hpp"
#include "engine/tree/efficiency.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {

TEST_CASE("pulses that are injected keep the S/N that is predicted", "[bench][kept_snr]") {
  Observation observation;
  observation.frequency = FrequencyAxis{Megahertz{1499.0}, Megahertz{-2.0}, 192};
  observation.time.sample_time = Seconds{512e-6};
  DmRange range;
  range.max = DispersionMeasure{1200.0};
  const std::vector<double> widths{2.0, 8.0, 32.0};
  std::vector<Seconds> times;
  for (const double width : widths) times.push_back(width * observation.time.sample_time);
  constexpr std::size_t pulses = 48;
  for (const Octave& octave :
       plan_octaves(observation.frequency, observation.time.sample_time, range)) {
    CAPTURE(octave.downsample, octave.trials.front());
    const TreePlan tree = plan_tree(observation.frequency, observation.time.sample_time, octave);
    const auto predicted =
        TreeEfficiency{observation.frequency, observation.time.sample_time, octave, tree}.over_dms(
            times, pulses);
    std::vector<double> means(widths.size(), 0.0);
    double noise = 0.0;
    for (std::size_t i = 0; i < pulses; ++i) {
      const KeptSnr kept = kept_snr(observation, octave, PulseShape::gaussian, widths, i, pulses);
      for (std::size_t w = 0; w < widths.size(); ++w) means[w] += kept.ratios[w] / pulses;
      noise += kept.noise / pulses;
    }
    for (std::size_t w = 0; w < widths.size(); ++w) {
      CAPTURE(widths[w], means[w], predicted[w].mean);
      // Narrow pulses scatter more, by where they lie in a sample.
      CHECK(std::abs(means[w] - predicted[w].mean) < (widths[w] < 4.0 ? 0.04 : 0.015));
    }
    CHECK(std::abs(noise - 1.0) < 0.01);
  }
}

}  // namespace draftstream
