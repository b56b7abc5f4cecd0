#include "engine/robust_scale.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace draftstream {
namespace {

struct Moments {
  double mean = 0.0;
  double variance = 0.0;
  std::size_t count = 0;
};

// Of the samples inside [low, high]. Sums are taken about `origin`, so that a large mean does not
// eat the digits of a small variance.
Moments moments_within(std::span<const float> samples, double low, double high, double origin) {
  double sum = 0.0;
  double squares = 0.0;
  std::size_t count = 0;
  for (const float sample : samples) {
    const double value = sample;
    const bool inside = value >= low && value <= high;
    const double offset = inside ? value - origin : 0.0;
    sum += offset;
    squares += offset * offset;
    count += inside ? 1 : 0;
  }
  if (count == 0) return {};
  const double n = static_cast<double>(count);
  const double mean = sum / n;
  return {origin + mean, std::max(0.0, squares / n - mean * mean), count};
}

Moments moments(std::span<const float> samples) {
  const auto [low, high] = std::minmax_element(samples.begin(), samples.end());
  return moments_within(samples, *low, *high, 0.5 * (*low + static_cast<double>(*high)));
}

ChannelScale start_from_quartiles(std::span<const float> samples) {
  std::array<float, clipping::start_samples>
      some;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const std::size_t count = std::min(samples.size(), clipping::start_samples);
  for (std::size_t i = 0; i < count; ++i) some[i] = samples[i * samples.size() / count];
  const auto at = [&](std::size_t rank) {
    const auto place = some.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(some.begin(), place, some.begin() + static_cast<std::ptrdiff_t>(count));
    return static_cast<double>(*place);
  };
  const double low = at(count / 4);
  const double median = at(count / 2);
  const double high = at(3 * count / 4);
  return {median, (high - low) / clipping::quartile_range};
}

}  // namespace

ChannelScale robust_scale(std::span<const float> samples, bool clip) {
  if (samples.size() < clipping::fewest_samples) return {};
  const Moments plain = moments(samples);
  if (!clip || plain.variance == 0.0) return {plain.mean, std::sqrt(plain.variance)};

  ChannelScale scale = start_from_quartiles(samples);
  // Most samples on one value: quartiles say nothing.
  if (scale.sigma == 0.0) scale = {plain.mean, std::sqrt(plain.variance)};
  for (int round = 0; round < clipping::rounds; ++round) {
    const double reach = clipping::sigmas * scale.sigma;
    const Moments inner =
        moments_within(samples, scale.mean - reach, scale.mean + reach, scale.mean);
    // All on one value; rounding may leave something of the 0.
    if (inner.variance <= 1e-12 * scale.sigma * scale.sigma) break;
    const double sigma = std::sqrt(inner.variance / clipping::variance);
    const bool settled = std::abs(sigma - scale.sigma) < clipping::settled * sigma;
    scale = {inner.mean, sigma};
    if (settled) break;
  }
  return scale;
}

}  // namespace draftstream
