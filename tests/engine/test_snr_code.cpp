#include <cmath>
#include <cstdint>

#include "engine/infer/snr_code.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

TEST_CASE("S/N and their codes, by hand", "[engine][infer][snr_code]") {
  const SnrCode code;
  // asinh(x) = ln(x + sqrt(x^2 + 1)): of 1 it is 0.8814, of 4/3 ln(3), of -4/3 -ln(3).
  struct Row {
    float snr;
    int code;
  };
  for (const Row& row :
       {Row{3.0F, 48}, Row{6.0F, 76}, Row{7.0F, 83}, Row{-1.0F, 13}, Row{-3.4F, 0}, Row{-1e9F, 0},
        Row{0.0F, 20}, Row{1e9F, 255}, Row{961.0F, 255}, Row{100.0F, 181}}) {
    INFO("S/N " << row.snr);
    CHECK(int{code(row.snr)} == row.code);
  }
}

TEST_CASE("codes are those of the formula, everywhere", "[engine][infer][snr_code]") {
  const SnrCode code;
  int last = 0;
  for (int i = -6000; i < 1100000; i += 7) {
    const double snr = 1e-3 * i;
    const double exact = (std::asinh((snr - 3.0) / 3.0) + 1.5) * 32.0;
    const double cut = std::min(std::max(exact, 0.0), 255.0);
    const int own = code(static_cast<float>(snr));
    if (std::abs(own - cut) > 0.5002 || own < last) {
      INFO("S/N " << snr << ": " << own << ", exactly " << cut);
      REQUIRE(false);
    }
    last = own;
  }
  for (int c = 0; c < 256; ++c) {
    const auto one = static_cast<std::uint8_t>(c);
    CHECK(int{code(static_cast<float>(SnrCode::snr(one)))} == c);
  }
}
