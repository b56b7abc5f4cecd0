#include "ingest/sigproc/sigproc_codes.hpp"

#include <cmath>
#include <limits>

#include "tests/support/catch.hpp"

using namespace draftstream;

TEST_CASE("telescopes and back ends have names and numbers", "[ingest][sigproc_codes]") {
  CHECK(telescope_name(4) == "Parkes");
  CHECK(telescope_name(6) == "GBT");
  CHECK(telescope_name(64) == "MeerKAT");
  CHECK(telescope_name(77).empty());
  CHECK(telescope_name(-1).empty());
  CHECK(telescope_number("parkes") == 4);
  CHECK(telescope_number("CHIME") == 20);
  CHECK_FALSE(telescope_number("Park").has_value());
  CHECK_FALSE(telescope_number("").has_value());
  CHECK(backend_name(2) == "WAPP");
  CHECK(backend_name(0).empty());
  CHECK(backend_number("WAPP") == 2);
}

TEST_CASE("every name leads back to its number", "[ingest][sigproc_codes][property]") {
  int named = 0;
  for (int id = 0; id < 256; ++id) {
    if (const auto name = telescope_name(id); !name.empty()) {
      ++named;
      CHECK(telescope_number(name) == id);
    }
  }
  CHECK(named == 17);
}

TEST_CASE("packed angles are read", "[ingest][sigproc_codes]") {
  struct Row {
    double packed;
    double value;
  };
  const auto row = GENERATE(values<Row>({
      {122637.6, 12.0 + 26.0 / 60.0 + 37.6 / 3600.0},
      {-3000.0, -0.5},  // -00:30:00, whose sign no integer degree could carry
      {-721234.5, -(72.0 + 12.0 / 60.0 + 34.5 / 3600.0)},
      {0.0, 0.0},
      {235960.0, 24.0},  // 23:59:60, as a rounding writer leaves it
  }));
  CAPTURE(row.packed);
  const auto value = unpack_sexagesimal(row.packed);
  REQUIRE(value.has_value());
  CHECK(std::abs(*value - row.value) < 1e-9);
}

TEST_CASE("what is no packed angle is not read as one", "[ingest][sigproc_codes]") {
  for (const double packed :
       {126037.6, 122661.0, 1e9, std::nan(""), std::numeric_limits<double>::infinity()}) {
    CAPTURE(packed);
    CHECK_FALSE(unpack_sexagesimal(packed).has_value());
  }
}

TEST_CASE("packing an angle and unpacking it gives it back", "[ingest][sigproc_codes][property]") {
  for (int i = -3000; i <= 3000; ++i) {
    const double value = i * 0.029997123;
    CAPTURE(value);
    const auto back = unpack_sexagesimal(pack_sexagesimal(value));
    REQUIRE(back.has_value());
    CHECK(std::abs(*back - value) < 2e-10);
  }
  CHECK(pack_sexagesimal(12.0 - 1e-13) == 120000.0);  // and not 115960
}
