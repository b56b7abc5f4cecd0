// Mean and standard deviation of one channel's noise, whatever else is in it.
#pragma once

#include <span>

namespace draftstream {

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
