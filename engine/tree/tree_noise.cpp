#include "engine/tree/tree_noise.hpp"

#include <cmath>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine/tree/tree_arithmetic.hpp"

namespace draftstream {
namespace {

/// Variance of scaled_to_int8 of a normal number, rounded, of this variance.
double scaled_variance(double variance, std::int16_t factor) {
  if (variance == 0.0) return 0.0;
  const int most = static_cast<int>(std::ceil(6.0 * std::sqrt(variance)));
  double weights = 1.0;  // of sum 0, whose square is 0
  double squares = 0.0;
  for (int sum = 1; sum <= most; ++sum) {
    const double weight = 2.0 * std::exp(-0.5 * sum * sum / variance);
    const double scaled = scaled_to_int8(sum, factor);
    weights += weight;
    squares += weight * scaled * scaled;
  }
  return squares / weights;
}

}  // namespace

std::vector<float> tree_sigmas(const TreePlan& plan, std::span<const std::uint8_t> good_channels) {
  if (good_channels.size() != plan.channels()) {
    throw std::invalid_argument("tree_sigmas: found " + std::to_string(good_channels.size()) +
                                " channels, expected " + std::to_string(plan.channels()));
  }
  const std::vector<TreeStage>& stages = plan.stages();
  std::vector<unsigned> radices;
  for (std::size_t s = 1; s < stages.size(); ++s) radices.push_back(stages[s].radix);
  const std::vector<std::int16_t> factors = stage_factors(radices);

  std::vector<double> below;  // [node]: variance of its rows
  for (const std::uint8_t good : good_channels) {
    below.push_back(good != 0 ? channel_sigma * channel_sigma + 1.0 / 12.0 : 0.0);
  }
  for (std::size_t s = 1; s < stages.size(); ++s) {
    std::vector<double> variances;
    for (const TreeNode& node : stages[s].nodes) {
      const auto first = below.begin() + node.first_child;
      const double sum = std::accumulate(first, first + node.children, 0.0);
      const bool is_last = s + 1 == stages.size();
      variances.push_back(is_last ? last_stage_gain * last_stage_gain * sum
                                  : scaled_variance(sum, factors[s - 1]));
    }
    below = std::move(variances);
  }
  return std::vector<float>(plan.trials().size(), static_cast<float>(std::sqrt(below.at(0))));
}

}  // namespace draftstream
