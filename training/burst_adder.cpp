#include "training/burst_adder.hpp"

#include <algorithm>
#include <cmath>

#include "training/normal_integral.hpp"
#include "training/random.hpp"

namespace draftstream {

void BurstAdder::add(std::uint64_t first, std::span<float> values) {
  const std::size_t channels = noise_.sigma.size();
  const std::uint64_t end = first + values.size() / channels;
  if (!bursts_.meets(first, end)) return;
  sigmas_.assign(values.size(), 0.0F);
  bursts_.add({first, end - first, channels, sigmas_});
  for (const Gap& gap : gaps_) {
    for (std::uint64_t t = std::max(gap.first, first); t < std::min(gap.end(), end); ++t) {
      std::fill_n(&sigmas_[(t - first) * channels], channels, 0.0F);
    }
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (sigmas_[i] > 0.0F) {
      values[i] = raised(values[i], sigmas_[i], i % channels, first * channels + i);
    }
  }
}

// @param power  Of the burst, > 0 [sigma].
// @param place  Of the value among all values, for what is drawn.
float BurstAdder::raised(float value, float power, std::size_t channel, std::uint64_t place) {
  const double step = noise_.sigma[channel] * static_cast<double>(power);
  if (format_.is_float || !std::isfinite(value)) return value + static_cast<float>(step);
  const double u = hashed_uniform(seed_, RandomStream::injection, place, 0);
  const float next = format_.bits < 8 ? by_code(value, step, channel, u)
                                      : value + static_cast<float>(std::floor(step + u));
  if (next <= format_.highest()) return next;
  ++clipped_;
  return format_.highest();
}

// The value before rounding has the probability p of being exceeded by a smaller one, with p
// between those of the thresholds around the code. After the step it is rounded to the first code
// whose upper threshold, less the step, has at least that probability.
float BurstAdder::by_code(float value, double step, std::size_t channel, double u) const {
  const auto below = [&](double threshold) {
    return normal_integral((threshold - noise_.mean[channel]) / noise_.sigma[channel]);
  };
  const double code = value;
  const double low = value <= format_.lowest() ? 0.0 : below(code - 0.5);
  const double high = value >= format_.highest() ? 1.0 : below(code + 0.5);
  const double p = low + u * (high - low);
  float next = value;
  while (next <= format_.highest() && p > below(static_cast<double>(next) + 0.5 - step)) {
    next += 1.0F;
  }
  return next;
}

}  // namespace draftstream
