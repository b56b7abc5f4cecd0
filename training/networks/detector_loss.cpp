#include "training/networks/detector_loss.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace draftstream {
namespace {

constexpr double least_spread = 1.0;  // sigma of the Gaussian around a burst [cells]
constexpr double most_spread_pixels = 6.0;
constexpr double most_spread_rows = 8.0;
constexpr double spread_of_width = 0.35;  // of a burst's own
constexpr double sure = 1e-4;             // probabilities are kept so far from 0 and 1
constexpr double regression_weight = 0.5;

double spread(double width, double most) {
  const double cells = spread_of_width * width / static_cast<double>(detector_stride);
  return std::clamp(cells, least_spread, most);
}

}  // namespace

torch::Tensor detector_target(std::span<const TilePulse> pulses) {
  const std::int64_t side = detector_cells;
  torch::Tensor target = torch::zeros({6, side, side});
  auto cell = target.accessor<float, 3>();
  std::vector<TilePulse> rising(pulses.begin(), pulses.end());
  std::stable_sort(rising.begin(), rising.end(),
                   [](const TilePulse& a, const TilePulse& b) { return a.snr < b.snr; });
  for (const TilePulse& pulse : rising) {
    const double x = pulse.pixel / static_cast<double>(detector_stride);
    const double y = pulse.row / static_cast<double>(detector_stride);
    const auto column = static_cast<std::int64_t>(std::floor(x));
    const auto line = static_cast<std::int64_t>(std::floor(y));
    if (column < 0 || column >= side || line < 0 || line >= side) continue;
    const double across = spread(pulse.width_pixels, most_spread_pixels);
    const double along = spread(pulse.width_rows, most_spread_rows);
    for (std::int64_t j = 0; j < side; ++j) {
      for (std::int64_t i = 0; i < side; ++i) {
        const double dx = static_cast<double>(i - column) / across;
        const double dy = static_cast<double>(j - line) / along;
        const auto heat = static_cast<float>(std::exp(-0.5 * (dx * dx + dy * dy)));
        cell[0][j][i] = std::max(cell[0][j][i], heat);
      }
    }
    cell[1][line][column] = 1.0F;
    cell[2][line][column] = static_cast<float>(x - std::floor(x));
    cell[3][line][column] = static_cast<float>(y - std::floor(y));
    cell[4][line][column] = static_cast<float>(std::log2(std::max(pulse.width_samples, 0.5)) / 4.0);
    cell[5][line][column] = static_cast<float>(std::log(std::max(pulse.snr, 1.0)) / 2.0);
  }
  return target;
}

torch::Tensor detector_loss(const torch::Tensor& outputs, const torch::Tensor& targets) {
  const torch::Tensor heat = targets.select(1, 0);
  const torch::Tensor here = targets.select(1, 1);
  const torch::Tensor found =
      torch::sigmoid(outputs.select(1, 0).to(torch::kFloat)).clamp(sure, 1.0 - sure);
  const torch::Tensor bursts = here.sum().clamp_min(1.0);
  const torch::Tensor missed = here * torch::log(found) * (1.0 - found).square();
  const torch::Tensor invented =
      (1.0 - here) * (1.0 - heat).pow(4) * torch::log(1.0 - found) * found.square();
  const torch::Tensor errors =
      (outputs.slice(1, 1, 5).to(torch::kFloat) - targets.slice(1, 2, 6)).abs() * here.unsqueeze(1);
  return (regression_weight * errors.sum() - missed.sum() - invented.sum()) / bursts;
}

}  // namespace draftstream
