// Stored samples become values of zero mean and unit variance, each with a weight.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/band_level.hpp"
#include "engine/block_holes.hpp"
#include "engine/condition_rules.hpp"
#include "engine/impulses.hpp"
#include "engine/periodicity.hpp"
#include "engine/search_config.hpp"
#include "engine/spectral_flags.hpp"
#include "engine/worker_pool.hpp"
#include "ingest/filterbank_chunk.hpp"
#include "ingest/frequency_axis.hpp"
#include "ingest/ledger.hpp"

namespace draftstream {

/// What a conditioned sample is worth. Only `good` ones enter a sum; the others have the value 0.
enum class Weight : std::uint8_t {
  missing = 0,  ///< No data: a gap, a hole, a dropout, NaN.
  good = 1,
  masked = 2,  ///< Data, but taken out: a bad channel, an impulse.
};

/// How a channel's samples became values: (sample - mean) * factor - share * z(t).
struct ChannelScaling {
  float mean = 0.0F;
  float factor = 0.0F;  ///< One over sigma.
  float share = 0.0F;   ///< Of the zero-DM series z.
};

/// One block of conditioned samples. Buffers are kept from block to block.
struct ConditionedBlock {
  std::size_t channels = 0;
  std::size_t samples = 0;
  std::vector<float> values;            ///< Shape [channel, time]; zero mean, unit variance.
  std::vector<Weight> weights;          ///< Shape [channel, time].
  std::vector<Fate> fates;              ///< Shape [time]: what became of each spectrum.
  std::vector<bool> flagged;            ///< Shape [channel]: taken out of the whole block.
  std::size_t good_samples = 0;         ///< Spectra whose fate is `searched`.
  std::vector<ChannelScaling> scaling;  ///< Shape [channel]; of use where not flagged.
  std::vector<float> zero_dm;           ///< Shape [time]: the zero-DM series z; 0 without a filter.

  [[nodiscard]] std::span<float> row(std::size_t channel) noexcept {
    return std::span{values}.subspan(channel * samples, samples);
  }
  [[nodiscard]] std::span<const float> row(std::size_t channel) const noexcept {
    return std::span{values}.subspan(channel * samples, samples);
  }
  [[nodiscard]] std::span<Weight> weight_row(std::size_t channel) noexcept {
    return std::span{weights}.subspan(channel * samples, samples);
  }
  [[nodiscard]] std::span<const Weight> weight_row(std::size_t channel) const noexcept {
    return std::span{weights}.subspan(channel * samples, samples);
  }
};

/// The stages, in order; each looks at nothing outside the block:
///   1. unpack; NaN, gaps and holes get weight `missing`;
///   2. dropouts: spectra in which nearly all live channels hold the lowest value or 0;
///   3. per channel: clipped mean and sigma; dead, saturated, unsteady and given channels are
///   masked, and those that spectral_flags.hpp and periodicity.hpp find;
///   4. spectra that hold undispersed pulses are masked (impulses.hpp); if they are many, or the
///   level of the band wanders (band_level.hpp), 3 and 4 are done once more without them, with the
///   sigma that a wandering channel has within stretches;
///   5. the zero-DM filter; without one, a level that wanders is subtracted.
///
/// Threads: one at a time per object; work is shared out over `pool`.
class Conditioner {
 public:
  /// @throws ConfigError if the given mask has another number of channels, or leaves none.
  Conditioner(const FrequencyAxis& frequency, SampleFormat format, const ConditionConfig& config,
              WorkerPool& pool);

  /// @param chunk  One whole block, gaps included.
  /// @param block  Filled; its buffers are reused.
  void condition(const FilterbankChunk& chunk, ConditionedBlock& block);

 private:
  void unpack(const FilterbankChunk& chunk, ConditionedBlock& block);
  void find_dropouts(ConditionedBlock& block);
  void scale_channels(ConditionedBlock& block);
  std::size_t mask_impulses(ConditionedBlock& block);
  void make_series(ConditionedBlock& block);
  void filter_zero_dm(ConditionedBlock& block);
  void sum_good_channels(const ConditionedBlock& block);
  void settle_fates(ConditionedBlock& block);
  bool scale_channel(ConditionedBlock& block, std::size_t channel, std::size_t worker);
  [[nodiscard]] ChannelSpread spread(const ConditionedBlock& block, std::size_t channel,
                                     std::span<float> work) const;
  [[nodiscard]] float period_strength(const ConditionedBlock& block, std::size_t channel,
                                      std::size_t worker);
  void scale_within_stretches(ConditionedBlock& block, std::size_t channel, std::size_t worker);
  static void mask_channel(ConditionedBlock& block, std::size_t channel);

  SampleFormat format_;
  ConditionConfig config_;
  WorkerPool& pool_;
  std::size_t channels_;
  SpectralFlags spectral_flags_;
  Periodicity periodicity_;
  Impulses impulses_;
  BandLevel band_level_;
  BlockLevel level_ = BlockLevel::steady;  // of the block at hand
  BlockHoles holes_;
  std::vector<std::uint32_t> ranked_;          // [rank]: channel
  std::vector<std::uint8_t> impulses_masked_;  // [time]
  std::vector<float> sums_;                    // [time]: over good channels
  std::vector<std::uint32_t> goods_;           // [time]: how many there were
  std::vector<std::uint8_t> any_good_;         // [time]: is there a good channel?
  std::vector<std::vector<float>> scratch_;    // [worker][time]
};

}  // namespace draftstream
