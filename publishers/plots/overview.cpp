#include "publishers/plots/overview.hpp"

#include <fmt/format.h>
#include <plplot.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

#include "publishers/plots/page.hpp"
#include "publishers/plots/panel.hpp"

namespace draftstream {
namespace {

constexpr Sheet sheet{1400.0, 800.0};
constexpr Frame frame{{110.0, 1370.0}, {85.0, 690.0}};

struct Kind {
  std::string_view label;
  PLINT colour;
};

// In the order that they are drawn: what matters most lies on top.
constexpr std::array<Kind, 3> kinds{
    {{"interference", grey_colour}, {"unjudged", series_colours[0]}, {"burst", series_colours[1]}}};

// Area grows as the logarithm of S/N: 6 pixels across at S/N 7, 20 at 200.
double radius_of(double snr) {
  return 3.0 * std::sqrt(1.0 + 7.0 * std::log10(std::max(snr, 7.0) / 7.0));
}

// @param pixel  Its length along both axes.
void draw_disc(double x, double y, double radius, double x_pixel, double y_pixel) {
  plarc(x, y, radius * x_pixel, radius * y_pixel, 0.0, 360.0, 0.0, 1);
}

void draw_legend(const Overview& overview) {
  double x = frame.x.low;
  const double y = sheet.height - 80.0;
  for (const Kind& kind : kinds) {
    const auto count = std::ranges::count(overview.points, kind.label, &OverviewPoint::label);
    if (count == 0) continue;
    const std::string text = fmt::format("{}: {}", kind.label, count);
    write_line(sheet, x + 26.0, y, 0.85, text);
    plcol0(kind.colour);
    draw_disc(x + 8.0, y, 8.0, 1.0, 1.0);
    x += 60.0 + letter_px * static_cast<double>(text.size());
  }
  // Discs as examples of their sizes.
  x = frame.x.high - 330.0;
  write_line(sheet, x, y, 0.85, "S/N");
  x += 50.0;
  for (const double snr : {7.0, 20.0, 100.0}) {
    write_line(sheet, x + 16.0, y, 0.85, fmt::format("{:.0f}", snr));
    plcol0(grey_colour);
    draw_disc(x, y, radius_of(snr), 1.0, 1.0);
    x += 90.0;
  }
  write_line(sheet, frame.x.low, sheet.height - 40.0, 1.1, plain_text(overview.title));
}

}  // namespace

void draw_overview(const std::filesystem::path& path, const Overview& overview) {
  double last_s = overview.duration_s;
  double highest = overview.dm_max_pc_cm3;
  for (const OverviewPoint& point : overview.points) {
    last_s = std::max(last_s, point.toa_s);
    highest = std::max(highest, point.dm_pc_cm3);
  }
  last_s = last_s > 0.0 ? last_s : 1.0;
  highest = highest > 0.0 ? 1.02 * highest : 1.0;
  const AxisRange time{0.0, last_s};
  const AxisRange dm{-0.02 * highest, highest};
  const double x_pixel = last_s / (frame.x.high - frame.x.low);
  const double y_pixel = (dm.high - dm.low) / (frame.y.high - frame.y.low);

  const Page page{path, static_cast<int>(sheet.width), static_cast<int>(sheet.height)};
  pladv(0);
  begin_panel(sheet, frame, time, dm);
  plcol0(grid_colour);
  plbox("g", 0.0, 0, "g", 0.0, 0);
  for (const Kind& kind : kinds) {
    plcol0(kind.colour);
    for (const OverviewPoint& point : overview.points) {
      if (point.label != kind.label) continue;
      draw_disc(point.toa_s, point.dm_pc_cm3, radius_of(point.snr), x_pixel, y_pixel);
    }
  }
  end_panel(sheet, "time since the beginning [s]", "DM [pc cm#u-3#d]");
  draw_legend(overview);
}

}  // namespace draftstream
