#include "publishers/plots/image.hpp"

#include <plplot.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>

#include "publishers/plots/page.hpp"

namespace draftstream {

void use_dark_to_bright() {
  std::array<PLFLT, 5> at{0.0, 0.25, 0.5, 0.75, 1.0};
  std::array<PLFLT, 5> red{0.0, 0.34, 0.73, 0.98, 0.99};
  std::array<PLFLT, 5> green{0.0, 0.06, 0.21, 0.55, 1.0};
  std::array<PLFLT, 5> blue{0.01, 0.43, 0.33, 0.04, 0.64};
  plscmap1n(256);
  plscmap1l(1, static_cast<PLINT>(at.size()), at.data(), red.data(), green.data(), blue.data(),
            nullptr);
}

void draw_image(const Image& image, const AxisRange& x, const AxisRange& y,
                const AxisRange& colours) {
  std::array<PLFLT, 4> corners_x{x.low, x.high, x.high, x.low};
  std::array<PLFLT, 4> corners_y{y.low, y.low, y.high, y.high};
  plcol0(missing_colour);
  plfill(4, corners_x.data(), corners_y.data());
  PLFLT** grid = nullptr;
  const auto width = static_cast<PLINT>(image.columns);
  const auto height = static_cast<PLINT>(image.rows);
  plAlloc2dGrid(&grid, width, height);
  for (std::size_t row = 0; row < image.rows; ++row) {
    for (std::size_t column = 0; column < image.columns; ++column) {
      const auto value = static_cast<double>(image.values[row * image.columns + column]);
      // What is beyond the range is left out.
      grid[column][row] = std::isfinite(value) ? std::clamp(value, colours.low, colours.high)
                                               : colours.low - (colours.high - colours.low);
    }
  }
  plimagefr(grid, width, height, x.low, x.high, y.low, y.high, colours.low, colours.high,
            colours.low, colours.high, nullptr, nullptr);
  plFree2dGrid(grid, width, height);
}

AxisRange range_of(const Image& image) {
  AxisRange range{std::numeric_limits<double>::infinity(),
                  -std::numeric_limits<double>::infinity()};
  for (const float value : image.values) {
    if (!std::isfinite(value)) continue;
    range.low = std::min(range.low, static_cast<double>(value));
    range.high = std::max(range.high, static_cast<double>(value));
  }
  if (!(range.low <= range.high)) return {0.0, 1.0};
  if (!(range.low < range.high)) return {range.low, range.low + 1.0};
  return range;
}

namespace {

std::vector<float> finite_values(const Image& image) {
  std::vector<float> values;
  std::copy_if(image.values.begin(), image.values.end(), std::back_inserter(values),
               [](float value) { return std::isfinite(value); });
  return values;
}

// The value that this part of all lies below. Changes their order.
double value_above(std::vector<float>& values, double part) {
  const auto place =
      values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), place, values.end());
  return static_cast<double>(*place);
}

}  // namespace

AxisRange range_between(const Image& image, double low_part, double high_part) {
  std::vector<float> values = finite_values(image);
  if (values.empty()) return {0.0, 1.0};
  const AxisRange bulk{value_above(values, low_part), value_above(values, high_part)};
  return bulk.low < bulk.high ? bulk : range_of(image);
}

AxisRange range_capped(const Image& image, double low_part, double high_part, double sigmas) {
  const AxisRange whole = range_between(image, low_part, high_part);
  std::vector<float> values = finite_values(image);
  if (values.empty()) return whole;
  const double median = value_above(values, 0.5);
  const double sigma = median - value_above(values, 0.159);  // of a normal distribution
  const double most = std::max(value_above(values, 0.99), median + sigmas * sigma);
  return {whole.low, most > whole.low ? std::min(whole.high, most) : whole.high};
}

}  // namespace draftstream
