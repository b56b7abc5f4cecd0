// Conditioning of samples of up to 8 bits, by integers, on rows of bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/band_level.hpp"
#include "engine/channel_flags.hpp"
#include "engine/condition_rules.hpp"
#include "engine/impulses.hpp"
#include "engine/search_config.hpp"
#include "engine/spectral_flags.hpp"
#include "engine/tree/byte_channels.hpp"
#include "engine/tree/byte_dropouts.hpp"
#include "engine/tree/byte_holes.hpp"
#include "engine/tree/byte_rows.hpp"
#include "engine/tree/dither.hpp"
#include "engine/tree/quantised_block.hpp"
#include "engine/worker_pool.hpp"
#include "ingest/filterbank_chunk.hpp"
#include "ingest/frequency_axis.hpp"

namespace draftstream {

/// The stages of Conditioner, in its order:
///
///   make_rows        of bytes, for each channel, by rank; signed samples + 128
///   measure          each channel, by ByteChannels
///   dropouts_.find   spectra that hold no data; if there are any, channels are measured again
///   flag_channels    those that are of no use
///   sum_channels     the zero-DM series of each sub-band, sums of gain * byte over good channels
///   mask_impulses    spectra that stand out of them; if there are many, channels are measured,
///                    flagged and summed once more without them
///   make_series      z; if the band's level wanders, channels are measured, flagged and summed
///                    once more, sigma being that within stretches
///   make_filter      what is subtracted, and the same as integers for the dot products
///   write            each channel: its share of z, its quantised row; dithered, if the recording
///                    has fewer levels than the rows have steps
///
/// Gaps and dropouts take whole spectra here, so one mask serves all channels. Those that have
/// holes are measured with one of their own, and ByteHoles knows what sums lack.
///
/// Threads: one at a time per object; work is shared out over `pool`.
class ByteConditioner {
 public:
  /// @param format  Of at most 8 bits.
  /// @throws ConfigError if the given mask has another number of channels, or leaves none.
  ByteConditioner(const FrequencyAxis& frequency, SampleFormat format,
                  const ConditionConfig& config, WorkerPool& pool);

  /// As QuantisedConditioner.
  void condition(const FilterbankChunk& chunk, std::size_t skipped, const QuantisedRows& rows,
                 QuantisedBlock& block, const RowsWritten& written = {});

 private:
  struct LargeGain {
    std::size_t rank = 0;
    std::size_t sub_band = 0;
    std::int32_t gain = 0;
  };

  void begin(const FilterbankChunk& chunk);
  void make_rows(std::size_t begin, std::size_t end);
  [[nodiscard]] bool drop_invalid();
  void measure(std::size_t rank, std::size_t worker);
  void measure(std::size_t rank, const std::uint8_t* valid, ByteChannels& measures,
               std::size_t worker);
  void measure_again();
  void flag_channels();
  void sum_channels();
  std::size_t mask_impulses();
  void make_series();
  void make_filter();
  void write(std::size_t begin, std::size_t end);
  [[nodiscard]] ByteScale scale_of(std::size_t rank, std::int64_t product);
  void write_piece(std::size_t rank, const ByteScale& scale, std::size_t t,
                   std::span<std::int8_t> out) const;
  void blank_holes(std::size_t rank);
  void settle();
  void settle_holes(std::size_t t);
  void above_mean(const std::int32_t* sums, double offset, const std::int64_t* lost,
                  std::span<float> out) const;
  [[nodiscard]] float mean_around_holes(std::size_t t, double offset) const;

  [[nodiscard]] std::span<const std::uint8_t> row(std::size_t rank) const noexcept {
    return {bytes_ + rank * stride_, padded_};
  }
  [[nodiscard]] bool is_flagged(std::size_t rank) const noexcept {
    return block_->flagged[ranked_[rank]] || good_channels_ == 0;
  }

  SampleFormat format_;
  ConditionConfig config_;
  WorkerPool& pool_;
  std::size_t channels_;
  std::size_t channels_a_group_;  // whose rows are made and measured together
  ByteChannels measures_;
  SpectralFlags spectral_flags_;
  Impulses impulses_;
  BandLevel band_level_;
  ByteDropouts dropouts_;
  ByteHoles holes_;
  Dither dither_;
  std::vector<std::uint32_t> ranked_;   // [rank]: channel
  std::vector<std::uint32_t> rank_of_;  // [channel]

  // Of the block at hand.
  const FilterbankChunk* chunk_ = nullptr;
  QuantisedBlock* block_ = nullptr;
  QuantisedRows rows_;
  const RowsWritten* written_ = nullptr;
  std::size_t skipped_ = 0;
  std::size_t samples_ = 0;
  std::size_t padded_ = 0;  // samples, rounded up

  std::uint8_t* bytes_ =
      nullptr;              // [rank][time]: in the rows themselves, if whole blocks fit there
  std::size_t stride_ = 0;  // of bytes_
  std::vector<std::uint8_t> own_bytes_;
  std::vector<ByteExtremes> extremes_;   // [rank]: outside of gaps
  std::vector<std::uint8_t> valid_;      // [time]: 255 or 0
  std::vector<Unsteadiness> unsteady_;   // [channel]
  std::vector<ChannelSpread> spreads_;   // [channel]
  std::vector<float> period_strengths_;  // [channel]
  std::vector<float> flag_work_;         // [channel]
  std::vector<std::uint8_t> masked_;     // [rank]: of no use

  BlockLevel level_ = BlockLevel::steady;
  std::size_t good_channels_ = 0;
  std::vector<std::int16_t> gains_;     // [rank]: factor * gain_scale_
  std::vector<LargeGain> large_gains_;  // those that 16 bits do not hold
  double gain_scale_ = 0.0;
  /// Of good channels.
  struct SubBand {
    std::size_t channels = 0;
    double offset = 0.0;  // sum of gain * mean
  };
  std::vector<SubBand> sub_bands_;
  std::vector<std::int32_t> sums_;      // [sub-band][time]: sum of gain * byte
  std::vector<std::int32_t> totals_;    // [time]: of all sub-bands
  std::vector<float> series_;           // [time]: z
  std::vector<float> ordered_;          // the same from skipped_ on, as quantise() reads it
  float largest_ = 0.0F;                // |z|
  std::vector<std::int16_t> integers_;  // [time]: z * integer_scale_
  double integer_scale_ = 0.0;
  std::int64_t integer_sum_ = 0;
  std::int64_t integer_power_ = 0;
};

}  // namespace draftstream
