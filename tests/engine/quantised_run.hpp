// Conditions one block both ways, to floats and to bytes, and compares all they say.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "engine/channel_order.hpp"
#include "engine/condition.hpp"
#include "engine/tree/quantised_conditioner.hpp"
#include "tests/engine/condition_run.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream::test {

struct QuantisedRun {
  QuantisedBlock block;
  std::vector<std::int8_t> rows;  ///< Shape [rank][stride].
  std::size_t stride = 0;

  [[nodiscard]] std::span<const std::int8_t> row(std::size_t rank) const {
    return std::span{rows}.subspan(rank * stride, block.samples);
  }
};

/// A block that begins at `first`, whose chunk has `gaps`.
inline QuantisedRun quantise_block(const FrequencyAxis& frequency, const FilterbankChunk& chunk,
                                   const ConditionConfig& config, unsigned threads = 1,
                                   std::size_t skipped = 0) {
  constexpr std::int8_t untouched = 77;
  WorkerPool pool{threads};
  QuantisedConditioner conditioner{frequency, chunk.format(), config, pool};
  QuantisedRun run;
  run.stride = (chunk.samples() + 127) / 128 * 128 + 64;
  run.rows.assign(chunk.channels() * run.stride, untouched);
  conditioner.condition(chunk, skipped, {run.rows.data(), run.stride}, run.block);
  for (std::size_t rank = 0; rank < chunk.channels(); ++rank) {
    for (std::size_t t = chunk.samples() - skipped; t < run.stride; ++t) {
      REQUIRE(run.rows[rank * run.stride + t] == untouched);  // nothing behind the samples
    }
  }
  return run;
}

/// Values of both may differ by this: see QuantisedConditioner.
inline constexpr float parity_tolerance = 1e-3F;

/// Requires that both conditioners agree on a sky.
inline QuantisedRun check_parity(const Sky& sky, const ConditionConfig& config,
                                 const SampleFormat& format, float mean, float sigma,
                                 std::span<const Gap> gaps = {}, unsigned threads = 1,
                                 std::span<const Hole> holes = {}) {
  const ConditionedBlock expected = condition(sky, config, format, mean, sigma, gaps, 1, holes);
  const auto bytes = sky.stored(format, mean, sigma);
  const FrequencyAxis frequency = sky.observation(format).frequency;
  const std::uint64_t first = gaps.empty() ? 0 : gaps.front().first / sky.samples * sky.samples;
  const FilterbankChunk chunk{first, sky.samples, sky.band.channels, format, bytes, gaps, holes};
  QuantisedRun run = quantise_block(frequency, chunk, config, threads);

  const QuantisedBlock& block = run.block;
  REQUIRE(block.channels == expected.channels);
  REQUIRE(block.samples == expected.samples);
  REQUIRE(block.flagged == expected.flagged);
  REQUIRE(block.fates == expected.fates);
  REQUIRE(block.good_samples == expected.good_samples);
  const auto ranked = channels_by_rank(frequency);
  std::vector<float> raw(sky.samples);
  std::vector<float> again(sky.samples);
  for (std::size_t rank = 0; rank < ranked.size(); ++rank) {
    const std::size_t c = ranked[rank];
    for (std::size_t t = 0; t < raw.size(); ++t) {
      raw[t] = unpack_sample(chunk.spectrum(t), format, c);
    }
    for (const Hole& hole : holes) {
      if (c < hole.first_channel || c >= hole.end_channel()) continue;
      std::fill_n(raw.begin() + static_cast<std::ptrdiff_t>(hole.first - first), hole.samples,
                  std::numeric_limits<float>::quiet_NaN());
    }
    condition_again(block, c, 0, raw, again);
    const auto values = expected.row(c);
    const auto weights = expected.weight_row(c);
    // Dither may take a value of few levels to either side of it.
    const bool dithered =
        format.bits > 8 || steps_a_sigma * block.scaling[c].factor > most_steps_undithered;
    const float rounding = dithered ? 1.0F : 0.5F;
    float worst = 0.0F;  // beyond rounding
    float worst_again = 0.0F;
    bool same_weights = true;
    for (std::size_t t = 0; t < sky.samples; ++t) {
      const float steps = std::clamp(steps_a_sigma * values[t], -128.0F, 127.0F);
      const auto row = static_cast<float>(run.row(rank)[t]);
      worst = std::max(worst, std::abs(row - steps) - rounding);
      worst_again = std::max(worst_again, std::abs(again[t] - values[t]));
      Weight weight = block.spectra[t];
      if (weight == Weight::good && block.flagged[c]) weight = Weight::masked;
      same_weights = same_weights && (weight == weights[t] || std::isnan(raw[t]));
      if (weights[t] != Weight::good) REQUIRE(row == 0.0F);
    }
    INFO("channel " << c);
    REQUIRE(worst <= steps_a_sigma * parity_tolerance);
    REQUIRE(worst_again <= parity_tolerance);
    REQUIRE(same_weights);
  }
  return run;
}

}  // namespace draftstream::test
