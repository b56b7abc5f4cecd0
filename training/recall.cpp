#include "training/recall.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>

#include "engine/infer/tile_grid.hpp"

namespace draftstream {

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
}  // namespace

std::optional<std::size_t> recall_bin(double snr) {
  const auto above = std::upper_bound(std::begin(recall_edges), std::end(recall_edges), snr);
  if (above == std::begin(recall_edges)) return std::nullopt;
  return static_cast<std::size_t>(above - std::begin(recall_edges)) - 1;
}

double tiles_in(double samples, double sweep) {
  constexpr double wide = tile_grid::samples;
  constexpr double high = tile_grid::rows * tile_grid::samples_a_row;
  const double most = std::min(sweep, samples);
  return (samples * most - 0.5 * most * most) / (wide * high);
}

double threshold_at(double false_rate, std::vector<double> others, double tiles) {
  const auto passing = static_cast<std::size_t>(false_rate * tiles);
  if (passing >= others.size()) return -infinity;
  const auto best = others.begin() + static_cast<std::ptrdiff_t>(passing);  // that must not pass
  std::nth_element(others.begin(), best, others.end(), std::greater<>{});
  return std::nextafter(*best, infinity);
}

double Fraction::value() const noexcept {
  return of == 0 ? no_number : static_cast<double>(passed) / static_cast<double>(of);
}

Bounds Fraction::bounds() const noexcept {
  if (of == 0) return {0.0, 1.0};
  const auto k = static_cast<double>(passed);
  const auto n = static_cast<double>(of);
  const double half = std::sqrt(k * (n - k) / n + 0.25);
  // Rounding must not carry it past the ends.
  return {std::max(0.0, (k + 0.5 - half) / (n + 1.0)), std::min(1.0, (k + 0.5 + half) / (n + 1.0))};
}

double Fraction::error() const noexcept {
  const Bounds all = bounds();
  return 0.5 * (all.high - all.low);
}

Bounds rate_bounds(std::size_t events, double area) noexcept {
  const auto k = static_cast<double>(events);
  const double half = std::sqrt(k + 0.25);
  return {(k + 0.5 - half) / area, (k + 0.5 + half) / area};
}

Difference Paired::difference() const noexcept {
  if (of == 0) return {no_number, no_number};
  const auto n = static_cast<double>(of);
  const double more = static_cast<double>(only_first) - static_cast<double>(only_second);
  const auto unlike = static_cast<double>(only_first + only_second);
  return {more / n, std::sqrt(unlike - more * more / n) / n};
}

}  // namespace draftstream
