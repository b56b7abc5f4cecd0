// What the channels of a block measure, row of bytes by row of bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/channel_flags.hpp"
#include "engine/condition.hpp"
#include "engine/condition_rules.hpp"
#include "engine/periodicity.hpp"
#include "engine/search_config.hpp"
#include "engine/spectral_flags.hpp"
#include "engine/tree/byte_rows.hpp"
#include "engine/tree/byte_scale.hpp"
#include "engine/tree/byte_statistics.hpp"
#include "ingest/samples.hpp"

namespace draftstream {

struct ByteChannelMeasure {
  bool usable = false;     ///< False: dead, saturated, or of too few samples.
  ByteExtremes range;      ///< Of its valid bytes.
  ChannelScaling scaling;  ///< Of samples as stored; factor 0: the block holds no data.
  Unsteadiness unsteadiness{};
  ChannelSpread spread;
  float period_strength = 0.0F;
};

/// Measures channels as Conditioner does. Gaps and dropouts take whole spectra, so what is valid is
/// the same for all channels, and is looked through once a block.
///
/// Threads: begin() alone; then measure() from all, each with its own worker number.
class ByteChannels {
 public:
  ByteChannels(SampleFormat format, const ConditionConfig& config, std::size_t threads);

  /// @param valid    Shape [time]: 255 or 0, and 0 behind the samples; a multiple of 1024 long. It
  ///                 stays where it is until the last measure().
  /// @param samples  Of the block.
  /// @param level    Where it wanders, sigma is that within stretches of 512 samples.
  void begin(std::span<const std::uint8_t> valid, std::size_t samples, BlockLevel level);

  /// @param row    As long as `valid`; signed samples + 128.
  [[nodiscard]] ByteChannelMeasure measure(std::span<const std::uint8_t> row, std::size_t worker);

  [[nodiscard]] std::size_t valid_samples() const noexcept { return valid_samples_; }
  /// What is added to samples to make them bytes.
  [[nodiscard]] double zero() const noexcept { return format_.is_signed ? 128.0 : 0.0; }

 private:
  /// The good samples of each stretch of one length.
  struct Stretches {
    std::size_t usable = 0;
    std::vector<float> goods;    // [stretch]
    std::vector<float> weights;  // [stretch]: 1 / goods, or 0 where too few are good
  };

  /// One thread's sums over stretches of a row.
  struct Worker {
    ByteSurvey survey;
    std::array<std::vector<std::uint32_t>, stretch_samples.size()> sums;
    std::vector<std::uint32_t> squares;  // of 64 bytes
    std::vector<float> powers;
    std::vector<float> sigmas;
    std::vector<float> variations;
  };

  [[nodiscard]] bool saturated(std::span<const std::uint8_t> row, const ByteExtremes& range) const;
  static void sum_longer_stretches(std::size_t samples, Worker& worker);
  [[nodiscard]] Unsteadiness unsteadiness_of(const ChannelScaling& scaling, Worker& worker) const;
  [[nodiscard]] ChannelSpread spread_of_row(std::span<const std::uint8_t> row,
                                            Worker& worker) const;
  [[nodiscard]] float period_strength(const ChannelScaling& scaling, std::size_t worker);

  SampleFormat format_;
  bool flag_channels_;
  bool spread_wanted_;
  bool periods_wanted_;
  std::span<const std::uint8_t> valid_;
  std::size_t samples_ = 0;
  BlockLevel level_ = BlockLevel::steady;
  std::size_t valid_samples_ = 0;
  BytePicks picks_;  // for quartiles
  std::array<Stretches, stretch_samples.size()> stretches_;
  std::vector<Worker> workers_;
  Periodicity periodicity_;
};

}  // namespace draftstream
