#include "publishers/plots/figure.hpp"

#include <fmt/format.h>
#include <plplot.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "publishers/plots/image.hpp"
#include "publishers/plots/page.hpp"

namespace draftstream {
namespace {

void check(const BarChart& chart) {
  for (const BarSeries& series : chart.series) {
    if (series.values.size() != chart.names.size()) {
      throw std::invalid_argument(fmt::format("draw_bars: {} values for {} names",
                                              series.values.size(), chart.names.size()));
    }
  }
  if (chart.series.empty() || chart.series.size() > series_colours.size() || chart.names.empty()) {
    throw std::invalid_argument("draw_bars: 1 to 4 series of at least one value");
  }
}

bool has_bar(const BarChart& chart, double value) {
  return std::isfinite(value) && (value > 0.0 || !chart.logarithmic);
}

// In decades where it is logarithmic; with room for the numbers beside the bars.
AxisRange range_of(const BarChart& chart) {
  double least = std::numeric_limits<double>::infinity();
  double most = 0.0;
  for (const BarSeries& series : chart.series) {
    for (const double value : series.values) {
      if (!has_bar(chart, value)) continue;
      least = std::min(least, value);
      most = std::max(most, value);
    }
  }
  if (!(most > 0.0)) return {0.0, 1.0};
  if (!chart.logarithmic) return {0.0, most * 1.18};
  const double low = std::floor(std::log10(least) - 0.2);
  const double high = std::log10(most);
  return {low, high + 0.16 * (high - low)};
}

// Three digits, without an exponent.
std::string short_number(double value) {
  if (value == 0.0) return "0";
  const int digits = std::max(0, 2 - static_cast<int>(std::floor(std::log10(std::abs(value)))));
  return fmt::format("{:.{}f}", value, std::min(digits, 6));
}

void draw_bar(const BarChart& chart, const AxisRange& range, double middle, double thick,
              double value, PLINT colour) {
  const double end = chart.logarithmic ? std::log10(value) : value;
  std::array<PLFLT, 4> x{range.low, end, end, range.low};
  std::array<PLFLT, 4> y{middle - thick / 2, middle - thick / 2, middle + thick / 2,
                         middle + thick / 2};
  plcol0(colour);
  plfill(4, x.data(), y.data());
  plcol0(ink_colour);
  plschr(0.0, 0.75);
  plptex(end + 0.01 * (range.high - range.low), middle, 1.0, 0.0, 0.0, short_number(value).c_str());
}

// A square and a name for each series, on a line below the title.
void draw_legend(const BarChart& chart, double left, double y) {
  plschr(0.0, 0.8);
  double x = left;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    if (chart.series[i].name.empty()) continue;
    std::array<PLFLT, 4> square_x{x, x + 12.0, x + 12.0, x};
    std::array<PLFLT, 4> square_y{y - 6.0, y - 6.0, y + 6.0, y + 6.0};
    plcol0(series_colours[i]);
    plfill(4, square_x.data(), square_y.data());
    plcol0(ink_colour);
    plptex(x + 20.0, y, 1.0, 0.0, 0.0, chart.series[i].name.c_str());
    x += 50.0 + letter_px * static_cast<double>(chart.series[i].name.size());
  }
}

// Row 0 of a picture is at the top.
Image image_of(const Picture& picture) {
  Image image{picture.rows, picture.columns, {}};
  for (std::size_t row = picture.rows; row-- > 0;) {
    const auto begin = picture.values.begin() + static_cast<std::ptrdiff_t>(row * picture.columns);
    image.values.insert(image.values.end(), begin,
                        begin + static_cast<std::ptrdiff_t>(picture.columns));
  }
  return image;
}

}  // namespace

void draw_bars(const std::filesystem::path& path, const BarChart& chart) {
  check(chart);
  const std::size_t names = chart.names.size();
  constexpr double width = 1000.0;
  const double height = 190.0 + 62.0 * static_cast<double>(names);
  std::size_t longest = 0;
  for (const std::string& name : chart.names) longest = std::max(longest, name.size());
  const double left = 30.0 + letter_px * static_cast<double>(longest);
  const Page page{path, static_cast<int>(width), static_cast<int>(height)};
  const AxisRange range = range_of(chart);
  pladv(0);
  plvpor(left / width, 0.97, 80.0 / height, 1.0 - 90.0 / height);
  plwind(range.low, range.high, 0.0, static_cast<double>(names));
  const double thick = 0.8 / static_cast<double>(chart.series.size());
  for (std::size_t i = 0; i < names; ++i) {
    const double top = static_cast<double>(names - i) - 0.1;
    for (std::size_t s = 0; s < chart.series.size(); ++s) {
      const double value = chart.series[s].values[i];
      const double middle = top - thick * (static_cast<double>(s) + 0.5);
      if (has_bar(chart, value))
        draw_bar(chart, range, middle, thick * 0.9, value, series_colours[s]);
    }
    plschr(0.0, 0.9);
    plmtex("lv", 1.0, (top - 0.4) / static_cast<double>(names), 1.0, chart.names[i].c_str());
  }
  plcol0(ink_colour);
  plschr(0.0, 0.8);
  plbox(chart.logarithmic ? "bnstl" : "bnst", 0.0, 0, "", 0.0, 0);
  plbox("", 0.0, 0, "b", 0.0, 0);
  plschr(0.0, 0.9);
  plmtex("b", 3.2, 0.5, 0.5, chart.axis.c_str());
  plschr(0.0, 1.0);
  plmtex("t", 2.6, 0.0, 0.0, chart.title.c_str());
  plvpor(0.0, 1.0, 0.0, 1.0);
  plwind(0.0, width, 0.0, height);
  draw_legend(chart, left, height - 75.0);
}

void draw_pictures(const std::filesystem::path& path, const std::string& title,
                   const std::vector<Picture>& pictures, std::size_t across) {
  if (pictures.empty() || across == 0) {
    throw std::invalid_argument("draw_pictures: found none, expected some");
  }
  for (const Picture& picture : pictures) {
    if (picture.values.size() != picture.rows * picture.columns || picture.values.empty()) {
      throw std::invalid_argument("draw_pictures: values of another shape");
    }
  }
  // Pixels: a square image with space to its right, and its title above it.
  constexpr double panel = 210.0;
  constexpr double panel_height = panel + 20.0;
  constexpr double head = 40.0;
  const std::size_t columns = std::min(across, pictures.size());
  const std::size_t rows = (pictures.size() + columns - 1) / columns;
  const double width = panel * static_cast<double>(columns) + 10.0;
  const double height = panel_height * static_cast<double>(rows) + head;
  const Page page{path, static_cast<int>(width), static_cast<int>(height)};
  use_dark_to_bright();
  pladv(0);
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const double left = 10.0 + panel * static_cast<double>(i % columns);
    const std::size_t row = i / columns;
    const double top = height - head - panel_height * static_cast<double>(row);
    plvpor(left / width, (left + panel - 10.0) / width, (top - panel_height + 10.0) / height,
           (top - 20.0) / height);
    plwind(0.0, static_cast<double>(pictures[i].columns), 0.0,
           static_cast<double>(pictures[i].rows));
    const Image image = image_of(pictures[i]);
    draw_image(image, {0.0, static_cast<double>(image.columns)},
               {0.0, static_cast<double>(image.rows)}, range_of(image));
    plcol0(ink_colour);
    plschr(3.2, 1.0);
    plmtex("t", 1.0, 0.0, 0.0, pictures[i].title.c_str());
  }
  plvpor(0.0, 1.0, 0.0, 1.0);
  plwind(0.0, width, 0.0, height);
  plschr(4.2, 1.0);
  plptex(10.0, height - 18.0, 1.0, 0.0, 0.0, title.c_str());
}

}  // namespace draftstream
