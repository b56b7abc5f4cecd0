#include "publishers/plots/overview.hpp"

#include <fmt/format.h>
#include <plplot.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

#include "publishers/plots/page.hpp"

namespace draftstream {
namespace {

constexpr double width = 1400.0;  // of the page [pixels]
constexpr double height = 800.0;
constexpr double left = 110.0;  // of the frame
constexpr double right = 1370.0;
constexpr double bottom = 85.0;
constexpr double top = 690.0;

struct Kind {
  std::string_view label;
  PLINT colour;
};

// In the order that they are drawn: what matters most lies on top.
constexpr std::array<Kind, 3> kinds{
    {{"interference", grey_colour}, {"unjudged", series_colours[0]}, {"burst", series_colours[1]}}};

// Area grows as the logarithm of S/N: 6 pixels across at S/N 7, 30 at 200.
double radius_of(double snr) {
  return 3.0 * std::sqrt(1.0 + 7.0 * std::log10(std::max(snr, 7.0) / 7.0));
}

void draw_disc(double x, double y, double radius, double x_pixels, double y_pixels) {
  plarc(x, y, radius / x_pixels, radius / y_pixels, 0.0, 360.0, 0.0, 1);
}

void draw_legend(const Overview& overview) {
  plvpor(0.0, 1.0, 0.0, 1.0);
  plwind(0.0, width, 0.0, height);
  double x = left;
  const double y = height - 80.0;
  plschr(0.0, 0.65);
  for (const Kind& kind : kinds) {
    const auto count =
        std::count_if(overview.points.begin(), overview.points.end(),
                      [&](const OverviewPoint& point) { return point.label == kind.label; });
    if (count == 0) continue;
    plcol0(kind.colour);
    draw_disc(x + 8.0, y, 8.0, 1.0, 1.0);
    plcol0(ink_colour);
    const std::string text = fmt::format("{}: {}", kind.label, count);
    plptex(x + 26.0, y, 1.0, 0.0, 0.0, text.c_str());
    x += 60.0 + letter_px * static_cast<double>(text.size());
  }
  plcol0(ink_colour);
  plptex(right, y, 1.0, 0.0, 1.0, "size: S/N");
  plschr(0.0, 0.8);
  plptex(left, height - 40.0, 1.0, 0.0, 0.0, overview.title.c_str());
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
  const double lowest = -0.02 * highest;

  const Page page{path, static_cast<int>(width), static_cast<int>(height)};
  pladv(0);
  plvpor(left / width, right / width, bottom / height, top / height);
  plwind(0.0, last_s, lowest, highest);
  plschr(0.0, 0.6);
  plcol0(grid_colour);
  plbox("g", 0.0, 0, "g", 0.0, 0);
  for (const Kind& kind : kinds) {
    for (const OverviewPoint& point : overview.points) {
      if (point.label != kind.label) continue;
      plcol0(kind.colour);
      draw_disc(point.toa_s, point.dm_pc_cm3, radius_of(point.snr), (right - left) / last_s,
                (top - bottom) / (highest - lowest));
    }
  }
  plcol0(ink_colour);
  plbox("bcnst", 0.0, 0, "bcnstv", 0.0, 0);
  plschr(0.0, 0.65);
  plmtex("b", 3.2, 0.5, 0.5, "time after the beginning [s]");
  plmtex("l", 4.6, 0.5, 0.5, "DM [pc cm#u-3#d]");
  draw_legend(overview);
}

}  // namespace draftstream
