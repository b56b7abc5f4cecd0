#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "engine/infer/conditioned_window.hpp"
#include "engine/tree/quantised_conditioner.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

using namespace draftstream;

namespace {

constexpr std::size_t block = 1024;

// Some blocks of noise, the oldest of which are gone; channel 5 is masked.
struct Kept {
  Observation seen;
  BandDelays delays;
  WorkerPool pool{1};
  RawHistory raw;
  BlockNotes notes;

  Kept(const test::Sky& sky, const SampleFormat& format, std::size_t blocks)
      : seen{sky.observation(format)},
        delays{seen.frequency, seen.time.sample_time},
        raw{seen, block, 3 * block},
        notes{sky.band.channels, block, 4 * block} {
    const auto bytes =
        sky.stored(format, format.is_float ? 0.0F : 20.0F, format.is_float ? 1.0F : 12.0F);
    ConditionConfig config;
    config.masked_channels.assign(sky.band.channels, false);
    config.masked_channels[5] = true;
    QuantisedConditioner conditioner{seen.frequency, format, config, pool};
    std::vector<std::int8_t> rows(sky.band.channels * block);
    const std::size_t stride = seen.spectrum_bytes();
    for (std::size_t i = 0; i < blocks; ++i) {
      const std::vector<Gap> gaps{{i * block + 100, 7, Fate::missing}};
      (void)raw.take({i * block, block, sky.band.channels, format,
                      std::span{bytes}.subspan(i * block * stride, block * stride), gaps},
                     0);
      conditioner.condition(raw.newest(block), 0, {rows.data(), block}, notes.next());
      notes.add(0);
    }
  }

  // One sample, by the plain way; NaN where it is not good.
  [[nodiscard]] float value(std::size_t channel, std::int64_t n) const {
    const auto sample = static_cast<std::uint64_t>(n);
    if (n < 0 || sample < raw.oldest() || sample >= raw.taken() ||
        notes.weight(channel, sample) != Weight::good) {
      return std::numeric_limits<float>::quiet_NaN();
    }
    std::array<float, 1> one{
        unpack_sample({raw.spectrum(sample), seen.spectrum_bytes()}, seen.format, channel)};
    condition_again(notes.at(sample), channel, notes.row(sample), one, one);
    return one[0];
  }
};

// Stretches of different lengths, over all that is kept, and beyond both ends.
std::vector<Stretch> stretches_of(std::size_t channels, std::int64_t first, std::size_t samples) {
  std::vector<Stretch> all;
  for (std::size_t rank = 0; rank < channels; ++rank) {
    all.push_back({first + static_cast<std::int64_t>(rank) * 3, samples + rank % 5});
  }
  return all;
}

bool agrees(const Kept& kept, const SampleWindow& window) {
  const std::int64_t scale = std::int64_t{1} << window.level();
  for (std::size_t rank = 0; rank < window.channels(); ++rank) {
    const std::size_t channel = kept.delays.order()[rank];
    const Stretch& stretch = window.stretch(rank);
    for (std::size_t i = 0; i < stretch.samples; ++i) {
      const std::int64_t first = (stretch.first + static_cast<std::int64_t>(i)) * scale;
      double sum = 0.0;
      std::int64_t goods = 0;
      for (std::int64_t n = first; n < first + scale; ++n) {
        const float value = kept.value(channel, n);
        if (std::isnan(value)) continue;
        sum += static_cast<double>(value);
        ++goods;
      }
      const bool good = 2 * goods >= scale;
      const double expected = good ? sum / std::sqrt(static_cast<double>(goods)) : 0.0;
      if (window.good(rank)[i] != (good ? 1 : 0)) return false;
      if (std::abs(static_cast<double>(window.values(rank)[i]) - expected) > 1e-5) return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("windows hold what conditioning says, sample by sample", "[engine][infer][window]") {
  const test::Sky sky{{1500.0, -1.0, 100, 1e-3}, 6 * block, 12};  // 64 channels and some
  for (const SampleFormat& format :
       {SampleFormat{8}, SampleFormat{8, true}, SampleFormat{2}, SampleFormat{16}, float_samples}) {
    for (const std::size_t blocks : {2U, 5U}) {
      const Kept kept{sky, format, blocks};
      INFO(describe(format) << ", " << blocks << " blocks");
      REQUIRE(kept.raw.oldest() == (blocks == 2 ? 0 : 2 * block));
      WindowMaker windows{kept.delays};
      const auto oldest = static_cast<std::int64_t>(kept.raw.oldest());
      CHECK(agrees(kept, windows.make(kept.raw, kept.notes,
                                      stretches_of(100, oldest - 50, 3 * block + 100), 0)));
      CHECK(
          agrees(kept, windows.make(kept.raw, kept.notes, stretches_of(100, oldest + 77, 300), 0)));
      CHECK(agrees(kept,
                   windows.make(kept.raw, kept.notes, stretches_of(100, oldest / 4 - 5, 800), 2)));
    }
  }
}

TEST_CASE("a band of rising frequency is no other", "[engine][infer][window]") {
  const test::Sky sky{{1400.0, 1.0, 70, 1e-3}, 2 * block, 13};
  const Kept kept{sky, SampleFormat{8}, 2};
  REQUIRE(kept.delays.order()[0] == 69);
  WindowMaker windows{kept.delays};
  const SampleWindow& window = windows.make(kept.raw, kept.notes, stretches_of(70, 10, 500), 0);
  CHECK(agrees(kept, window));
  CHECK(window.content(64) == SampleWindow::Content::nothing);  // channel 5
  CHECK(window.content(0) == SampleWindow::Content::mixed);     // the gap
}
