// The searches that GPU speed is measured on are those that the engine would plan.
#include <cstddef>
#include <vector>

#include "bench/gpu/workloads.hpp"
#include "engine/tree/octaves.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {

TEST_CASE("workloads without libraries are the engine's", "[engine][gpu_workloads][parity]") {
  for (const bench::Workload& load : bench::workloads) {
    INFO(load.name);
    const double step = (load.bottom_mhz - load.top_mhz) / static_cast<double>(load.channels);
    const FrequencyAxis frequency{Megahertz{load.top_mhz + 0.5 * step}, Megahertz{step},
                                  load.channels};
    DmRange range;
    range.max = DispersionMeasure{load.dm_max};
    range.tolerance = load.tolerance;
    OctaveOptions options;
    options.shift = load.shift;
    const Seconds sample_time{load.sample_time_s};
    const std::vector<Octave> expected = plan_octaves(frequency, sample_time, range, options);
    const std::vector<bench::WorkOctave> found = bench::plan_workload(load);
    REQUIRE(found.size() == expected.size());
    for (std::size_t k = 0; k < found.size(); ++k) {
      CHECK(found[k].downsample == expected[k].downsample);
      CHECK(found[k].delay_step == expected[k].delay_step);
      REQUIRE(found[k].trials.size() == expected[k].trials.size());
      CHECK(found[k].trials.back() == Approx(expected[k].trials.back()).epsilon(1e-9));
    }
    const TreePlan plan = bench::plan_of(load, found.back());
    const TreePlan engine = plan_tree(frequency, sample_time, expected.back());
    CHECK(plan.adds_a_sample() == Approx(engine.adds_a_sample()).epsilon(1e-3));
    CHECK(plan.stages().size() == engine.stages().size());
  }
}

}  // namespace draftstream
