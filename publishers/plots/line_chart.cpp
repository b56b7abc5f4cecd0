#include "publishers/plots/line_chart.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "publishers/plots/image.hpp"
#include "publishers/plots/page.hpp"

namespace draftstream {
namespace {

constexpr double width = 900.0;  // of the page [pixels]
constexpr double height = 640.0;
constexpr double left = 100.0;  // of the frame
constexpr double right = 870.0;
constexpr double bottom = 80.0;
constexpr PLINT solid = 1;
constexpr PLINT dashed = 2;
constexpr PLINT disc = 17;  // of PLplot's symbols

void check(const LineChart& chart) {
  for (const LineSeries& series : chart.series) {
    const std::size_t points = series.x.size();
    const auto fits = [&](const std::vector<double>& bounds) {
      return bounds.empty() || bounds.size() == points;
    };
    if (series.y.size() != points || !fits(series.low) || !fits(series.high) ||
        series.low.empty() != series.high.empty()) {
      throw std::invalid_argument("draw_lines: values do not match");
    }
    if (series.colour >= series_colours.size()) {
      throw std::invalid_argument("draw_lines: colours 0 to 3");
    }
  }
  if (chart.series.empty()) throw std::invalid_argument("draw_lines: found no series");
}

// In decades where it is logarithmic; no number where there is no place.
double place_of(const LineChart& chart, double x) {
  if (!chart.logarithmic) return x;
  return x > 0.0 ? std::log10(x) : std::numeric_limits<double>::quiet_NaN();
}

AxisRange range_of(const LineChart& chart) {
  AxisRange range{std::numeric_limits<double>::infinity(),
                  -std::numeric_limits<double>::infinity()};
  for (const LineSeries& series : chart.series) {
    for (const double x : series.x) {
      const double place = place_of(chart, x);
      if (!std::isfinite(place)) continue;
      range.low = std::min(range.low, place);
      range.high = std::max(range.high, place);
    }
  }
  if (!(range.low <= range.high)) return {0.0, 1.0};
  if (!(range.low < range.high)) return {range.low - 0.5, range.high + 0.5};
  const double margin = 0.02 * (range.high - range.low);
  return {range.low - margin, range.high + margin};
}

PLINT colour_of(const LineSeries& series) {
  return series.is_reference ? grey_colour : series_colours[series.colour];
}

void draw_series(const LineChart& chart, const LineSeries& series) {
  plcol0(colour_of(series));
  pllsty(series.is_reference ? dashed : solid);
  bool joined = false;
  double last_x = 0.0;
  double last_y = 0.0;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    const double x = place_of(chart, series.x[i]);
    const double y = series.y[i];
    const bool there = std::isfinite(x) && std::isfinite(y);
    if (there && joined) pljoin(last_x, last_y, x, y);
    joined = there;
    last_x = x;
    last_y = y;
    if (!there || series.is_reference) continue;
    if (!series.low.empty()) pljoin(x, series.low[i], x, series.high[i]);
    plssym(0.0, 1.5);
    plpoin(1, &x, &y, disc);
  }
  pllsty(solid);
}

// A stroke and a name for each series, on a line below the title.
void draw_legend(const LineChart& chart, double y) {
  plschr(0.0, 0.8);
  double x = left;
  for (const LineSeries& series : chart.series) {
    if (series.name.empty()) continue;
    plcol0(colour_of(series));
    pllsty(series.is_reference ? dashed : solid);
    plwidth(2.0);
    pljoin(x, y, x + 24.0, y);
    plwidth(1.0);
    pllsty(solid);
    plcol0(ink_colour);
    plptex(x + 32.0, y, 1.0, 0.0, 0.0, series.name.c_str());
    x += 60.0 + 0.85 * letter_px * static_cast<double>(series.name.size());
  }
}

}  // namespace

void draw_lines(const std::filesystem::path& path, const LineChart& chart) {
  check(chart);
  const Page page{path, static_cast<int>(width), static_cast<int>(height)};
  const AxisRange range = range_of(chart);
  pladv(0);
  plvpor(left / width, right / width, bottom / height, 1.0 - 90.0 / height);
  plwind(range.low, range.high, chart.y_low, chart.y_high);
  plschr(0.0, 0.8);
  plcol0(grid_colour);
  plbox(chart.logarithmic ? "gl" : "g", 0.0, 0, "g", 0.0, 0);
  plwidth(2.0);
  for (const LineSeries& series : chart.series) draw_series(chart, series);
  plwidth(1.0);
  plcol0(ink_colour);
  plbox(chart.logarithmic ? "bcnstl" : "bcnst", 0.0, 0, "bcnstv", 0.0, 0);
  plschr(0.0, 0.9);
  plmtex("b", 3.2, 0.5, 0.5, chart.x_axis.c_str());
  plmtex("l", 4.2, 0.5, 0.5, chart.y_axis.c_str());
  plschr(0.0, 1.0);
  plmtex("t", 2.6, 0.0, 0.0, chart.title.c_str());
  plvpor(0.0, 1.0, 0.0, 1.0);
  plwind(0.0, width, 0.0, height);
  draw_legend(chart, height - 75.0);
}

}  // namespace draftstream
