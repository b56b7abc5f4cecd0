#include "publishers/plots/panel.hpp"

#include <plplot.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "publishers/plots/page.hpp"

namespace draftstream {

void begin_panel(const Sheet& sheet, const Frame& frame, const AxisRange& x, const AxisRange& y) {
  plvpor(frame.x.low / sheet.width, frame.x.high / sheet.width, frame.y.low / sheet.height,
         frame.y.high / sheet.height);
  plwind(x.low, x.high, y.low, y.high);
}

void end_panel(const Sheet& sheet, const char* x_axis, const char* y_axis) {
  plcol0(ink_colour);
  plschr(0.0, 0.55 * sheet.text);
  plbox(*x_axis != '\0' ? "bcnst" : "bcst", 0.0, 0, "bcnstv", 0.0, 0);
  plschr(0.0, 0.6 * sheet.text);
  plmtex("b", 3.2, 0.5, 0.5, x_axis);
  plmtex("l", 4.6, 0.5, 0.5, y_axis);
}

AxisRange with_margin(const std::vector<double>& values) {
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    least = std::min(least, value);
    most = std::max(most, value);
  }
  if (!(least <= most)) return {0.0, 1.0};
  const double margin = std::max(0.08 * (most - least), 0.5);
  return {least - margin, most + margin};
}

double centre_of(const AxisRange& range, std::size_t i, std::size_t n) {
  return range.low +
         (range.high - range.low) * (static_cast<double>(i) + 0.5) / static_cast<double>(n);
}

void draw_curve(const AxisRange& x, const std::vector<double>& values) {
  plcol0(series_colours[0]);
  plwidth(2.0);
  for (std::size_t i = 0; i + 1 < values.size(); ++i) {
    if (!std::isfinite(values[i]) || !std::isfinite(values[i + 1])) continue;
    pljoin(centre_of(x, i, values.size()), values[i], centre_of(x, i + 1, values.size()),
           values[i + 1]);
  }
  plwidth(1.0);
}

void draw_colour_scale(const Sheet& sheet, const Frame& frame, const AxisRange& colours,
                       const char* name) {
  constexpr std::size_t steps = 128;
  Image scale{steps, 2, {}};
  for (std::size_t i = 0; i < steps; ++i) {
    scale.values.insert(scale.values.end(), 2, static_cast<float>(centre_of(colours, i, steps)));
  }
  begin_panel(sheet, frame, {0.0, 1.0}, colours);
  draw_image(scale, {0.0, 1.0}, colours, colours);
  plcol0(ink_colour);
  plschr(0.0, 0.5 * sheet.text);
  plsmaj(0.0, 0.35);  // ticks that end before the numbers
  plsmin(0.0, 0.35);
  plbox("bc", 0.0, 0, "bcmstv", 0.0, 0);
  plsmaj(0.0, 1.0);
  plsmin(0.0, 1.0);
  plschr(0.0, 0.55 * sheet.text);
  plmtex("t", 0.9, 0.5, 0.5, name);
}

void write_line(const Sheet& sheet, double x, double y, double size, const std::string& line) {
  plvpor(0.0, 1.0, 0.0, 1.0);
  plwind(0.0, sheet.width, 0.0, sheet.height);
  plcol0(ink_colour);
  plschr(0.0, 0.75 * size * sheet.text);
  plptex(x, y, 1.0, 0.0, 0.0, line.c_str());
}

std::string plain_text(std::string_view text) {
  std::string plain;
  for (const char letter : text) {
    plain += letter >= ' ' && letter <= '~' ? letter : '?';
    if (letter == '#') plain += '#';
  }
  return plain;
}

}  // namespace draftstream
