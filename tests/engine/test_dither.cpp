// Dither: what the zero-DM filter takes from recordings of few levels is gone.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/tree/dither.hpp"
#include "tests/engine/quantised_run.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {

TEST_CASE("dither is the same for a block, and another for each channel and block",
          "[engine][dither]") {
  Dither longer;
  longer.reserve(64);
  longer.reserve(4096);
  Dither shorter;
  shorter.reserve(1024);
  std::size_t alike = 0;
  for (std::size_t rank = 0; rank < 64; ++rank) {
    const auto a = longer.of(rank, 81920);
    const auto b = shorter.of(rank, 81920);
    REQUIRE(a.size() == 4096);
    REQUIRE(b.size() == 1024);
    REQUIRE(std::equal(b.begin(), b.end(), a.begin()));
    for (std::size_t other = 0; other < rank; ++other) {
      alike += longer.of(other, 81920).data() == a.data() ? 1 : 0;
    }
    alike += longer.of(rank, 90112).data() == a.data() ? 1 : 0;
  }
  CHECK(alike <= 2);  // of 2080 pairs and 16384 places
}

TEST_CASE("few levels hold no more of the common signal than many", "[engine][dither]") {
  struct Row {
    const char* name;
    SampleFormat format;
    float mean;
    float sigma;
  };
  const Row rows[] = {
      {"8 bits", {8}, 100.0F, 20.0F}, {"8 bits, few levels", {8}, 5.0F, 1.2F},
      {"4 bits", {4}, 7.5F, 2.0F},    {"2 bits", {2}, 1.5F, 1.0F},
      {"1 bit", {1}, 0.5F, 1.0F},     {"16 bits, few levels", {16}, 5.0F, 1.2F},
  };
  constexpr std::size_t channels = 256;
  constexpr std::size_t box = 64;
  test::Sky sky{{1500.0, -1.0, channels, 0.5e-3}, 16384, 5};
  for (std::size_t t = 0; t < sky.samples; ++t) {
    // 12 sigma of such a box of all channels; a sixteenth of one in a sample.
    const auto hum = static_cast<float>(0.09 * std::sin(0.011 * static_cast<double>(t)));
    for (std::size_t c = 0; c < channels; ++c) sky.at(t, c) += hum;
  }
  for (const Row& row : rows) {
    INFO(row.name);
    const auto bytes = sky.stored(row.format, row.mean, row.sigma);
    const FilterbankChunk chunk{0, sky.samples, channels, row.format, bytes, {}};
    const auto run = test::quantise_block(sky.observation(row.format).frequency, chunk, {});
    double squares = 0.0;
    for (std::size_t first = 0; first < sky.samples; first += box) {
      double sum = 0.0;
      for (std::size_t rank = 0; rank < channels; ++rank) {
        for (std::size_t t = first; t < first + box; ++t) sum += run.row(rank)[t];
      }
      squares += sum * sum;
    }
    // The filter leaves nothing but rounding: far less than the channels' noise.
    const double boxes = static_cast<double>(sky.samples / box);
    const double noise = 25.0 * static_cast<double>(channels * box);
    CHECK(squares / boxes / noise < 0.05);
  }
}

}  // namespace draftstream
