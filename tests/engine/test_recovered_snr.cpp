// Injected pulses: the engine's S/N against filters that know the pulse. bench/recovered_snr does
// the same for all widths.
#include <vector>

#include "tests/engine/injected_pulses.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {

TEST_CASE("injected S/N is recovered without bias", "[engine][recovered_snr][statistics]") {
  struct Row {
    double width;
    test::Profile profile;
    ZeroDm zero_dm;
  };
  const Row rows[] = {
      {2.0, test::Profile::gaussian, ZeroDm::zdot},
      {5.0, test::Profile::top_hat, ZeroDm::zdot},
      {20.0, test::Profile::gaussian, ZeroDm::off},
      {64.0, test::Profile::top_hat, ZeroDm::zdot},
  };
  for (const Row& row : rows) {
    INFO(row.width << " samples, zero-DM filter " << name(row.zero_dm));
    const test::PulsesInNoise injected{test::pulse_noise(row.width < 24.0 ? 10 : 6, row.width, 77),
                                       row.width, row.profile, 77};
    std::vector<double> to_boxcar;
    std::vector<double> to_matched;
    for (const test::Recovered& one : injected.search(row.zero_dm)) {
      REQUIRE(one.found);
      to_boxcar.push_back(one.candidate.snr / one.exact_boxcar);
      to_matched.push_back(one.candidate.snr / one.matched_filter);
    }
    const double boxcar = test::mean_of(to_boxcar).mean;
    const double matched = test::mean_of(to_matched).mean;
    CHECK(boxcar > 0.95);
    CHECK(boxcar < 1.02);
    // A box loses 6 % of a Gaussian pulse, the zero-DM filter 2 %; the best of many boxes wins some
    // of it back.
    CHECK(matched > 0.90);
    CHECK(matched < 1.04);
  }
}

}  // namespace draftstream
