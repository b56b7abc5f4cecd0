#include "engine/noise_model.hpp"

#include <algorithm>

namespace draftstream {
namespace {

// (1/N) sum M^2 / (w N), where M is the histogram of delays smeared by the box.
double lost_share(std::span<const std::uint32_t> histogram, double channels, std::uint32_t width) {
  // M(tau) = sum of histogram(tau - width, tau]: a running sum.
  double squares = 0.0;
  double running = 0.0;
  for (std::size_t tau = 0; tau < histogram.size() + width; ++tau) {
    if (tau < histogram.size()) running += histogram[tau];
    if (tau >= width) running -= histogram[tau - width];
    squares += running * running;
  }
  return squares / (channels * channels * width);
}

}  // namespace

NoiseModel::NoiseModel(const DmPlan& plan, std::span<const std::uint32_t> channels,
                       std::span<const std::uint32_t> widths, ZeroDm zero_dm, WorkerPool& pool)
    : widths_{widths.size()}, shares_(plan.trials() * widths.size(), 1.0F) {
  if (zero_dm == ZeroDm::off) return;
  pool.for_each(plan.trials(), [&](std::size_t trial, std::size_t) {
    std::vector<std::int32_t> delays(plan.channels());
    plan.delays(plan.trial(trial), delays);
    std::int32_t longest = 0;
    for (const std::uint32_t c : channels) longest = std::max(longest, delays[c]);
    std::vector<std::uint32_t> histogram(static_cast<std::size_t>(longest) + 1, 0);
    for (const std::uint32_t c : channels) ++histogram[static_cast<std::size_t>(delays[c])];
    for (std::size_t w = 0; w < widths.size(); ++w) {
      const double lost = lost_share(histogram, static_cast<double>(channels.size()), widths[w]);
      shares_[trial * widths_ + w] = static_cast<float>(std::max(0.0, 1.0 - lost));
    }
  });
}

}  // namespace draftstream
