// Delays against values worked out by hand with k = 1 / 2.41e-4.
#include <cmath>
#include <limits>
#include <stdexcept>

#include "engine/dispersion.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {

TEST_CASE("delays are those worked out by hand", "[engine][dispersion]") {
  struct Row {
    const char* name;
    double dm;
    double frequency_mhz;
    double reference_mhz;
    double delay_s;
  };
  const double infinity = std::numeric_limits<double>::infinity();
  // 1 / 2.41e-4 = 4149.377593360996
  const Row rows[] = {
      {"DM 1 at 1 GHz, from infinity", 1.0, 1000.0, infinity, 0.004149377593360996},
      {"DM 241 at 1 GHz makes one second", 241.0, 1000.0, infinity, 1.0},
      {"DM 241, 500 MHz behind 1 GHz: 4 s - 1 s", 241.0, 500.0, 1000.0, 3.0},
      {"above the reference it is early", 241.0, 1000.0, 500.0, -3.0},
      {"nothing at DM 0", 0.0, 400.0, 800.0, 0.0},
      {"nothing at the reference", 1234.5, 700.0, 700.0, 0.0},
      {"a negative DM turns the sign", -241.0, 500.0, 1000.0, -3.0},
      {"DM 475 over 1465 to 1130 MHz", 475.0, 1130.0, 1465.0, 0.625210985},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const Seconds delay = dispersion_delay(DispersionMeasure{row.dm}, Megahertz{row.frequency_mhz},
                                           Megahertz{row.reference_mhz});
    CHECK(std::abs(delay.value() - row.delay_s) < 1e-9);
  }
}

TEST_CASE("a delay asked for nonsense names it", "[engine][dispersion]") {
  const DispersionMeasure dm{10.0};
  const Megahertz good{1000.0};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(dispersion_delay(dm, Megahertz{0.0}, good), ContainsSubstring("frequency"));
  CHECK_THROWS_WITH(dispersion_delay(dm, Megahertz{nan}, good), ContainsSubstring("frequency"));
  CHECK_THROWS_WITH(dispersion_delay(dm, good, Megahertz{-1.0}), ContainsSubstring("reference"));
  CHECK_THROWS_WITH(dispersion_delay(DispersionMeasure{nan}, good, good), ContainsSubstring("dm"));
  CHECK_THROWS_AS(dispersion_delay(dm, Megahertz{0.0}, good), std::invalid_argument);
}

}  // namespace draftstream
