#include "engine/tree/noise_watch.hpp"

#include <algorithm>
#include <cmath>

#include "engine/median.hpp"
#include "engine/tree/sums_of_four.hpp"

namespace draftstream {
namespace {

constexpr double pulse_sigmas = 3.0;      // boxes above this are no part of the noise
constexpr std::size_t most_boxes = 2048;  // enough for an error of 3 %
constexpr double fewest_independent = 3.0;
constexpr std::size_t four = 4;  // samples that are kept as one

// Which of the kept widths stands for a width.
std::size_t kept_width(std::size_t width) {
  constexpr std::size_t of_four = 3;
  return pyramid_widths[width] % four == 0 ? width : of_four;
}

}  // namespace

NoiseWatch::NoiseWatch(std::size_t trials, std::size_t samples, std::size_t blocks)
    : fours_{blocks * samples / four},
      series_{trials * fours_ * sizeof(std::int16_t)},
      scatters_(trials) {
  boxes_.reserve(2 * most_boxes);
  work_.reserve(2 * most_boxes);
}

void NoiseWatch::keep(const TreePiece& piece) {
  sum_fours({piece.sums, piece.samples}, ring(piece.trial) + piece.first / four % fours_);
}

double NoiseWatch::excess(const WatchedTile& tile, std::size_t width, double sigma) {
  const std::size_t kept = kept_width(width);
  Scatter& scatter = scatters_[tile.trial][kept];
  if (scatter.measured < 0.0F || scatter.first != tile.first) scatter = measure(tile, kept);
  const double kept_sigma =
      sigma * std::sqrt(static_cast<double>(pyramid_widths[kept]) / pyramid_widths[width]);
  const double allowed = kept_sigma * (1.0 + 2.0 * static_cast<double>(scatter.error));
  return std::max(1.0, static_cast<double>(scatter.measured) / allowed);
}

// Of boxes a quarter of their width apart, or farther where there would be too many.
NoiseWatch::Scatter NoiseWatch::measure(const WatchedTile& tile, std::size_t width) {
  const std::size_t length = pyramid_widths[width];
  const std::size_t samples = tile.goods.size() * stretch;
  const std::size_t wanted = std::max(length / 4, (samples - 1) / most_boxes + 1);
  const std::size_t step = (wanted + four - 1) / four * four;
  const std::int16_t* series = ring(tile.trial);
  boxes_.clear();
  for (std::size_t start = (four - tile.first % four) % four; start + length <= samples;
       start += step) {
    const auto crossed =
        tile.goods.subspan(start / stretch, (start + length - 1) / stretch - start / stretch + 1);
    if (std::find(crossed.begin(), crossed.end(), 0.0F) != crossed.end()) continue;
    std::int32_t sum = 0;
    const std::uint64_t first = (tile.first + start) / four;
    for (std::size_t i = 0; i < length / four; ++i) sum += series[(first + i) % fours_];
    boxes_.push_back(static_cast<float>(sum) / std::sqrt(crossed[crossed.size() / 2]));
  }
  const double independent = static_cast<double>(boxes_.size()) *
                             std::min(1.0, static_cast<double>(step) / static_cast<double>(length));
  if (independent < fewest_independent) return {tile.first, 0.0F, 0.0F};
  // Twice: the second time without the pulses that may be among them.
  work_ = boxes_;
  const auto [centre, scatter] = median_and_scatter(work_);
  const auto highest = static_cast<float>(centre + pulse_sigmas * scatter);
  std::erase_if(boxes_, [highest](float sum) { return sum > highest; });
  return {tile.first, static_cast<float>(median_and_scatter(boxes_).scatter),
          static_cast<float>(1.17 / std::sqrt(independent))};
}

}  // namespace draftstream
