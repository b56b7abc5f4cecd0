// Clipped moments of bytes are those of the same numbers as floats.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/tree/byte_rows.hpp"
#include "engine/tree/byte_scale.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {

TEST_CASE("bytes have the scale of floats", "[engine][byte_scale][property]") {
  constexpr std::size_t length = 4096;
  std::vector<std::uint32_t> sums(length / 8);
  ByteSurvey measured;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    for (const double sigma : {0.05, 0.3, 1.0, 5.0, 30.0, 200.0}) {
      for (const double share : {0.01, 0.2, 1.0}) {
        std::vector<std::uint8_t> row(length);
        std::vector<std::uint8_t> valid(length, 0);
        std::vector<std::uint32_t> places;
        std::vector<float> floats;
        for (std::size_t t = 0; t < length; ++t) {
          double value = 20.0 * static_cast<double>(seed % 12) + sigma * test::gaussian(seed, t);
          if (seed % 3 == 1 && t > 1000 && t < 1100) value += 12.0 * sigma;  // a burst
          if (seed % 3 == 2 && t % 50 < 8) value += 90.0;                    // a radar
          row[t] = static_cast<std::uint8_t>(std::clamp(std::round(value), 0.0, 255.0));
          if (test::uniform(seed + 100, t) >= share) continue;
          valid[t] = 255;
          places.push_back(static_cast<std::uint32_t>(t));
          floats.push_back(static_cast<float>(row[t]));
        }
        if (places.size() < 16) continue;
        BytePicks sample;
        const std::size_t picks = std::min(places.size(), clipping::start_samples);
        for (std::size_t i = 0; i < picks; ++i) {
          sample.places.push_back(places[i * places.size() / picks]);
        }
        for (const bool clip : {false, true}) {
          const ChannelScale expected = robust_scale(floats, clip);
          const ChannelScale start = scale_of_quartiles(row, sample);
          survey(row, valid.data(), hardly_clipped(start), sums.data(), measured);
          const ChannelScale scale = robust_byte_scale(row, valid.data(), start, measured, clip);
          INFO("seed " << seed << ", sigma " << sigma << ", share " << share << ", " << clip);
          REQUIRE(std::abs(scale.mean - expected.mean) <= 1e-9 * 256.0);
          REQUIRE(std::abs(scale.sigma - expected.sigma) <= 1e-9 * 256.0);
        }
      }
    }
  }
}

}  // namespace draftstream
