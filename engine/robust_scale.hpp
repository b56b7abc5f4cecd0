// Mean and standard deviation of one channel's noise, whatever else is in it.
#pragma once

#include <cstddef>
#include <span>

namespace draftstream {

/// What clipped moments are made of; the same for floats and for bytes.
namespace clipping {
inline constexpr std::size_t fewest_samples = 16;
inline constexpr std::size_t start_samples = 1024;  ///< Enough for a starting point.
inline constexpr double sigmas = 4.0;
/// Variance of a unit Gaussian cut at +-4: 1 - 2 * 4 * phi(4) / (2 * Phi(4) - 1).
inline constexpr double variance = 0.99892929;
inline constexpr double quartile_range = 1.34897950;  ///< Of a unit Gaussian.
inline constexpr int rounds = 6;
inline constexpr double settled = 1e-4;  ///< Of sigma, from one round to the next.
}  // namespace clipping

struct ChannelScale {
  double mean = 0.0;
  double sigma = 0.0;  ///< 0: the channel is constant, or has too few samples.
};

/// Clipped moments: starting from median and interquartile range, mean and variance of the samples
/// within 4 sigma, repeated, with the variance corrected for what a Gaussian loses there.
///
/// Unlike median and MAD, moments are not quantised by integer samples; unlike plain moments, a
/// burst in the block moves them little. With `clip` false they are plain moments, which is what
/// 1- and 2-bit samples need: they hold no outliers, and their quartiles are meaningless.
///
/// @param samples  At least 16, all finite; else sigma is 0.
ChannelScale robust_scale(std::span<const float> samples, bool clip);

}  // namespace draftstream
