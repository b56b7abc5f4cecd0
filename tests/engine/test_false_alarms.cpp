// White noise: boxes above a threshold are as many as a Gaussian has. bench/false_alarms does the
// same with 1e9 samples times trials.
#include <cmath>
#include <vector>

#include "tests/engine/false_alarm_count.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {

TEST_CASE("false alarms are as many as a Gaussian has", "[engine][false_alarms][statistics]") {
  for (const ZeroDm filter : {ZeroDm::off, ZeroDm::plain, ZeroDm::zdot}) {
    test::NoiseSegment segment;
    segment.samples = 32768;
    segment.dm_max = 40.0;
    segment.zero_dm = filter;
    const auto found = test::count_false_alarms(segment, {3.0, 4.0}, 8, 100);
    for (const test::FalseAlarms& one : found) {
      INFO(name(filter) << ", above " << one.threshold << ": " << one.above << ", expected "
                        << one.expected() << " +- " << one.error(1.0));
      CHECK(std::abs(one.above - one.expected()) < 4.0 * one.error(1.0));
      CHECK(one.error(1.0) < 0.5 * one.expected());  // else the test says nothing
    }
  }
}

}  // namespace draftstream
