// Refined DM, time and width of injected pulses, and whether the stated errors are theirs.
#include <cmath>
#include <vector>

#include "tests/engine/injected_pulses.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {

TEST_CASE("DM and time of pulses are found within their stated errors",
          "[engine][refine][statistics]") {
  const test::Sky noise[] = {test::pulse_noise(14, 3.0, 300), test::pulse_noise(14, 3.0, 301)};
  for (const double width : {3.0, 8.0, 20.0}) {
    std::vector<double> dm_pulls;
    std::vector<double> toa_pulls;
    for (std::uint64_t seed = 0; seed < 2; ++seed) {
      const test::PulsesInNoise injected{noise[seed], width, test::Profile::gaussian, seed};
      for (const test::Recovered& one : injected.search(ZeroDm::zdot)) {
        REQUIRE(one.found);
        dm_pulls.push_back(one.dm_pull());
        toa_pulls.push_back(one.toa_pull(test::pulse_band.sample_time_s));
        const double box = one.candidate.boxcar_samples;
        CHECK(box > 0.6 * width);
        CHECK(box < 2.0 * width + 1.0);
        CHECK(one.candidate.trial_step.value() > 0.0);
      }
    }
    INFO(width << " samples: rms pull of DM " << test::rms(dm_pulls) << ", of time "
               << test::rms(toa_pulls));
    CHECK(test::rms(dm_pulls) > 0.4);
    CHECK(test::rms(dm_pulls) < 1.6);
    CHECK(test::rms(toa_pulls) > 0.4);
    CHECK(test::rms(toa_pulls) < 1.6);
    CHECK(std::abs(test::mean_of(dm_pulls).mean) < 1.0);
    CHECK(std::abs(test::mean_of(toa_pulls).mean) < 1.0);
  }
}

// Two pulses at the same DM, apart by a few widths: refinement of one must not slip to the other.
TEST_CASE("neighbours stay two after refinement", "[engine][refine][arithmetic]") {
  for (const double distance : {40.0, 60.0, 100.0, 300.0}) {
    test::Sky sky{test::pulse_band, 10000, 9};
    sky.add({300.0, 4000.0, 8.0, 40.0, test::Profile::top_hat});
    sky.add({300.0, 4000.0 + distance, 8.0, 20.0, test::Profile::top_hat});
    SearchConfig config;
    config.dm_min = DispersionMeasure{280.0};
    config.dm_max = DispersionMeasure{320.0};
    const test::SearchRun run = test::run_search(sky, config);
    INFO(distance << " samples apart");
    REQUIRE(run.candidates.size() == 2);
    const double sample = test::pulse_band.sample_time_s;
    CHECK(std::abs(run.candidates[0].toa.value() / sample - 4000.0) < 4.0);
    CHECK(std::abs(run.candidates[1].toa.value() / sample - 4000.0 - distance) < 4.0);
  }
}

}  // namespace draftstream
