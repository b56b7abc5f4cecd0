#include "engine/tree/box_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace draftstream {
namespace {

// Where the pyramid's boxes end at every eighth of their width, the nearest one holds at least so
// much of a pulse that fills a box.
constexpr double least_nearest = 1.0 - 1.0 / 16.0;

}  // namespace

BoxThresholds BoxThresholds::of(double sigma, double snr,
                                const std::array<float, pyramid_widths.size()>& shares) {
  BoxThresholds thresholds;
  for (std::size_t w = 0; w < pyramid_widths.size(); ++w) {
    if (shares[w] <= 0.0F) {
      thresholds.first_look[w] = std::numeric_limits<std::int16_t>::max();
      thresholds.sums[w] = std::numeric_limits<std::int32_t>::max();
      continue;
    }
    const double unit = sigma * std::sqrt(static_cast<double>(shares[w]));
    const double nearest = pyramid_halvings(w) == 0 ? 1.0 : least_nearest;
    thresholds.first_look[w] = pyramid_thresholds(unit, nearest * snr)[w];
    thresholds.sums[w] = static_cast<std::int32_t>(
        std::ceil(snr * unit * std::sqrt(static_cast<double>(pyramid_widths[w]))));
  }
  return thresholds;
}

void BoxSearch::search(const TreePiece& piece, const BoxThresholds& thresholds,
                       std::vector<CellBoxes>& found) {
  std::uint8_t& seen = seen_[piece.trial];
  const bool any = pyramid_.above(piece.sums, piece.samples, thresholds.first_look) != 0;
  if (!any && seen == 0) return;
  for (std::size_t begin = 0; begin < piece.samples; begin += segment_samples) {
    const std::int16_t* segment = piece.sums + begin;
    // Boxes that end in a segment have their middles at most half of the widest one before it.
    const bool here = any && pyramid_.above(segment, segment_samples, thresholds.first_look) != 0;
    const bool look = here || seen != 0;
    seen = here ? 1 : 0;
    if (!look) continue;
    examine(segment, thresholds);
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      CellBoxes& cell = cells_[i];
      if (std::all_of(cell.sums.begin(), cell.sums.end(), [](auto sum) { return sum == 0; })) {
        continue;
      }
      cell.trial = static_cast<std::uint32_t>(piece.trial);
      cell.first = static_cast<std::int64_t>(piece.first + begin + i * cell_samples) -
                   static_cast<std::int64_t>(box_lag);
      found.push_back(cell);
    }
  }
}

void BoxSearch::examine(const std::int16_t* segment, const BoxThresholds& thresholds) {
  static_assert(pyramid_lookback == box_lag + pyramid_widths.back() / 2);
  before_[0] = 0;  // 768 values of an int16 are far from what 32 bits hold
  for (std::size_t t = 0; t < pyramid_lookback + segment_samples; ++t) {
    before_[t + 1] =
        before_[t] +
        segment[static_cast<std::ptrdiff_t>(t) - static_cast<std::ptrdiff_t>(pyramid_lookback)];
  }
  cells_ = {};
  for (std::size_t w = 0; w < pyramid_widths.size(); ++w) {
    const std::size_t width = pyramid_widths[w];
    const std::int32_t* start = before_.data() + pyramid_lookback - box_lag - width / 2;
    for (CellBoxes& cell : cells_) {
      const std::int32_t* end = start + width;
      std::int32_t largest = end[0] - start[0];
      for (std::size_t t = 1; t < cell_samples; ++t) {
        const std::int32_t sum = end[t] - start[t];
        largest = sum > largest ? sum : largest;
      }
      if (largest >= thresholds.sums[w]) {
        std::uint8_t place = 0;
        while (end[place] - start[place] != largest) ++place;
        cell.sums[w] = largest;
        cell.middles[w] = place;
      }
      start += cell_samples;
    }
  }
}

}  // namespace draftstream
