// Channels whose power does not scatter as their neighbours' or as noise of their strength does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/search_config.hpp"

namespace draftstream {

/// Samples that one standard deviation is taken over. A channel is known by the medians of many
/// such stretches, so that a burst, which touches a few of them, does not count.
inline constexpr std::size_t spread_stretch = 512;

/// How the samples of a channel scatter, as they are stored; NaN where there are too few.
struct ChannelSpread {
  float sigma = 0.0F;      ///< Median over stretches of their standard deviation.
  float variation = 0.0F;  ///< The same of variance over mean squared; NaN if the mean is not > 0.
};

/// @param sigmas, variations  Of the stretches that are at least half there; reordered.
[[nodiscard]] ChannelSpread spread_of(std::span<float> sigmas, std::span<float> variations);

/// The variation of a stretch. @param variance  With n - 1 samples in its denominator.
[[nodiscard]] float variation_of(double mean, double variance) noexcept;

/// Flags channels by either of these, as configured:
///
/// Spectral kurtosis. With S1 and S2 the sums of M samples and of their squares, and d the shape of
/// the gamma distribution that noise follows,
///
///     SK = (M d + 1) / (M - 1) * (M S2 / S1^2 - 1)
///
/// is 1 for noise of any strength, above it for what comes and goes, and below it for carriers.
/// Recorders seldom say how many samples they added up, so d is such that the median channel has
/// SK = 1: d = 1/v - 1/M with v the median variation, and then SK is a channel's variation over v.
/// Flagged is what lies 6 sigma from 1, sigma being the larger of what theory expects and of how
/// the channels scatter: recorders that level channels one by one spoil the relation of mean and
/// variance, and then only this much can be told. Where v > 1, samples are no powers: no flags.
/// @source Nita & Gary (2010), MNRAS 406, L60, eqs. 8 and 9.
///
/// IQRM on the standard deviation. For lags of 1, 2, 3, 4, 6, 9, ... to a tenth of the band: where
/// the difference of two channels is above the median difference by 3 sigma (interquartile range),
/// the lower one votes against the higher one. Flagged is a channel that a channel has voted
/// against which cast fewer votes than the flagged one received. Pairs beyond an edge do not vote.
/// @source Morello, Rajwade & Stappers (2022), MNRAS 510, 1393, section 2.
///
/// Threads: one at a time per object. Buffers are kept from block to block.
class SpectralFlags {
 public:
  SpectralFlags(const ConditionConfig& config, std::size_t channels);

  /// Is there anything to flag by?
  [[nodiscard]] bool wanted() const noexcept { return by_kurtosis_ || by_iqrm_; }

  /// Sets the flags of channels that stand out; others stay as they are.
  /// @param spreads    Shape [channel], in the order of frequency; NaN neither votes nor stands
  /// out.
  /// @param stretches  That each spread is a median of, about.
  void flag(std::span<const ChannelSpread> spreads, std::size_t stretches,
            std::vector<bool>& flags);

 private:
  void flag_by_kurtosis(std::span<const ChannelSpread> spreads, std::size_t stretches,
                        std::vector<bool>& flags);
  void flag_by_iqrm(std::span<const ChannelSpread> spreads, std::vector<bool>& flags);

  bool by_kurtosis_;
  bool by_iqrm_;
  std::vector<std::size_t> lags_;
  std::vector<float> work_;         // [channel]
  std::vector<std::int8_t> votes_;  // [lag][channel c]: c - lag against c (1), or c against it (-1)
  std::vector<std::uint32_t> cast_;      // [channel]
  std::vector<std::uint32_t> received_;  // [channel]
};

}  // namespace draftstream
