#include "engine/channel_flags.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/median.hpp"

namespace draftstream {
namespace {

constexpr std::size_t fewest_channels = 16;  // fewer cannot say what is usual
constexpr double outstanding_sigmas = 6.0;

}  // namespace

Unsteadiness unsteadiness(std::span<const float> row, std::span<const Weight> weights,
                          std::span<float> work) {
  Unsteadiness result{};
  for (std::size_t scale = 0; scale < stretch_samples.size(); ++scale) {
    const std::size_t length = stretch_samples[scale];
    std::size_t count = 0;
    for (std::size_t t = 0; t + length <= row.size(); t += length) {
      float sum = 0.0F;
      std::size_t good = 0;
      for (std::size_t i = t; i < t + length; ++i) {
        sum += row[i];
        good += weights[i] == Weight::good ? 1 : 0;
      }
      if (2 * good >= length) work[count++] = sum * sum / static_cast<float>(good);
    }
    result[scale] = std::numeric_limits<float>::quiet_NaN();
    if (count < fewest_stretches) continue;
    const std::size_t left_out = stretches_left_out(count);
    const auto powers = work.first(count);
    std::nth_element(powers.begin(), powers.end() - static_cast<std::ptrdiff_t>(left_out),
                     powers.end());
    double total = 0.0;
    for (const float power : powers.first(count - left_out)) total += static_cast<double>(power);
    result[scale] = static_cast<float>(total / static_cast<double>(count - left_out));
  }
  return result;
}

std::vector<bool> outstanding(std::span<const Unsteadiness> all) {
  std::vector<bool> result(all.size(), false);
  std::vector<float> work(all.size());
  flag_outstanding(all, work, result);
  return result;
}

void flag_outstanding(std::span<const Unsteadiness> all, std::span<float> work,
                      std::vector<bool>& flags) {
  for (std::size_t scale = 0; scale < stretch_samples.size(); ++scale) {
    std::size_t known = 0;
    for (const Unsteadiness& one : all) {
      if (!std::isnan(one[scale])) work[known++] = one[scale];
    }
    if (known < fewest_channels) continue;
    const auto [centre, scatter] = median_and_scatter(work.first(known));
    // Without their strongest stretches, usual channels measure less than the 1 of white noise. One
    // that a bright burst crosses has lost the burst's stretches instead, and measures 1.
    const double limit = std::max(centre, 1.0) + outstanding_sigmas * scatter;
    for (std::size_t c = 0; c < all.size(); ++c) {
      if (static_cast<double>(all[c][scale]) > limit) flags[c] = true;
    }
  }
}

}  // namespace draftstream
