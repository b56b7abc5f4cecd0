// Directions, by hand and by known objects.
#include "publishers/gateways/sky.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

TEST_CASE("directions are apart by great circles", "[publishers][gateways]") {
  CHECK(separation_deg(10, 0, 30, 0) == Approx(20.0));
  CHECK(separation_deg(350, 0, 10, 0) == Approx(20.0));
  CHECK(separation_deg(0, 60, 180, 60) == Approx(60.0));
  CHECK(separation_deg(12, 90, 200, 90) == Approx(0.0).margin(1e-9));
  CHECK(separation_deg(0, -90, 77, 90) == Approx(180.0));
  CHECK(separation_deg(83.63, 22.01, 83.63, 22.01 + 1e-7) == Approx(1e-7));
}

TEST_CASE("galactic coordinates are those of known objects", "[publishers][gateways]") {
  struct Row {
    const char* name;
    double ra_deg, dec_deg, gl_deg, gb_deg;
  };
  const Row rows[] = {
      // The galactic centre of the IAU's definition, in ICRS.
      {"zero", 266.405, -28.936, 0.0, 0.0},
      // Pulsars, as the ATNF catalogue has them, to three decimals.
      {"B0531+21", 83.633, 22.014, 184.558, -5.784},
      {"B0329+54", 53.248, 54.579, 144.995, -1.221},
      {"J0437-4715", 69.316, -47.253, 253.394, -41.963},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const GalacticDirection found = galactic_of(row.ra_deg, row.dec_deg);
    CHECK(separation_deg(found.gl_deg, found.gb_deg, row.gl_deg, row.gb_deg) < 1.5e-3);
    CHECK((found.gl_deg >= 0.0 && found.gl_deg < 360.0));
  }
}
