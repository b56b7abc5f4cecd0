// Conditioning to bytes allocates nothing once its buffers have the size of a block.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/tree/quantised_conditioner.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {

TEST_CASE("blocks of bytes are conditioned without allocations",
          "[engine][quantised_conditioner][allocations]") {
  constexpr std::size_t samples = 2048;
  const test::Band band{1500.0, -2.0, 150, 0.5e-3};
  test::Sky sky{band, samples, 1};
  for (std::size_t c = 0; c < band.channels; ++c) {
    sky.at(700, c) += 4.0F;                                         // an impulse
    for (std::size_t t = 100; t < 120; ++t) sky.at(t, c) = -20.0F;  // a dropout
  }
  for (const SampleFormat format : {SampleFormat{8}, SampleFormat{8, true}, SampleFormat{4}}) {
    for (const std::size_t length : {samples, samples - 100}) {
      const auto bytes = sky.stored(format, format.bits == 4 ? 8.0F : 100.0F, 3.0F);
      const std::size_t stride = format.spectrum_bytes(band.channels);
      const std::vector<Gap> gaps{{300, 50, Fate::missing}};
      const std::vector<Hole> holes{{400, 90, 0, 70}, {1500, 20, 60, 90}};
      const FilterbankChunk chunk{
          0, length, band.channels, format, std::span{bytes}.first(length * stride), gaps, holes};
      WorkerPool pool{2};
      ConditionConfig config;
      config.flag_periodic = true;
      QuantisedConditioner conditioner{sky.observation(format).frequency, format, config, pool};
      std::vector<std::int8_t> rows(band.channels * (samples + 64));
      QuantisedBlock block;
      const auto condition = [&] {
        conditioner.condition(chunk, 0, {rows.data(), samples + 64}, block);
      };
      condition();
      REQUIRE(block.good_samples > length / 2);
      const std::uint64_t before = test::allocations();
      for (int i = 0; i < 3; ++i) condition();
      CHECK(test::allocations() == before);
    }
  }
}

}  // namespace draftstream
