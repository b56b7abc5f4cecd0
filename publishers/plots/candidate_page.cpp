#include "publishers/plots/candidate_page.hpp"

#include <plplot.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>

#include "publishers/plots/page.hpp"
#include "publishers/plots/panel.hpp"

namespace draftstream {
namespace {

constexpr Sheet sheet{1400.0, 1050.0};

constexpr AxisRange left_column{120.0, 660.0};
constexpr AxisRange right_column{830.0, 1340.0};
constexpr Frame profile_frame{left_column, {810.0, 970.0}};
constexpr Frame waterfall_frame{left_column, {440.0, 792.0}};
constexpr Frame dm_time_frame{left_column, {85.0, 410.0}};
constexpr Frame far_frame{right_column, {420.0, 720.0}};
constexpr Frame curve_frame{right_column, {85.0, 330.0}};

constexpr double facts_top = 960.0;
constexpr double line_height = 30.0;

void check(const Image& image) {
  if (image.values.size() != image.rows * image.columns || image.values.empty()) {
    throw std::invalid_argument("draw_candidate: values of another shape");
  }
}

// With the scale of its colours to its right.
void draw_scaled(const Frame& frame, const Image& image, const AxisRange& x, const AxisRange& y) {
  const AxisRange colours = range_of(image);
  draw_image(image, x, y, colours);
  draw_colour_scale(sheet, {{frame.x.high + 8.0, frame.x.high + 20.0}, frame.y}, colours, "S/N");
  begin_panel(sheet, frame, x, y);
}

// Strokes on either side of a place, which leave it free to be seen.
void draw_cross(const AxisRange& x, const AxisRange& y, double at_x, double at_y) {
  const double x_unit = 0.03 * (x.high - x.low);
  const double y_unit = 0.05 * (y.high - y.low);
  plcol0(mark_colour);
  plwidth(2.0);
  for (const double side : {-1.0, 1.0}) {
    const double x_end = std::clamp(at_x + 2.0 * side * x_unit, x.low, x.high);
    const double y_end = std::clamp(at_y + 2.0 * side * y_unit, y.low, y.high);
    if ((x_end - at_x) * side > x_unit) pljoin(at_x + side * x_unit, at_y, x_end, at_y);
    if ((y_end - at_y) * side > y_unit) pljoin(at_x, at_y + side * y_unit, at_x, y_end);
  }
  plwidth(1.0);
}

void write_facts(const CandidatePage& page) {
  write_line(sheet, left_column.low, sheet.height - 35.0, 1.0, plain_text(page.title));
  for (std::size_t i = 0; i < page.facts.size(); ++i) {
    write_line(sheet, right_column.low, facts_top - line_height * static_cast<double>(i), 0.8,
               page.facts[i]);
  }
}

}  // namespace

void draw_candidate(const std::filesystem::path& path, const CandidatePage& page) {
  for (const Image* image : {&page.waterfall, &page.dm_time, &page.far_dm_time}) check(*image);
  if (page.profile.empty() || page.dm_curve.empty()) {
    throw std::invalid_argument("draw_candidate: found an empty curve");
  }
  const Page paper{path, static_cast<int>(sheet.width), static_cast<int>(sheet.height)};
  use_dark_to_bright();
  pladv(0);

  begin_panel(sheet, profile_frame, page.time_ms, with_margin(page.profile));
  draw_curve(page.time_ms, page.profile);
  end_panel(sheet, "", "S/N of a cell");

  begin_panel(sheet, waterfall_frame, page.time_ms, page.band_mhz);
  draw_scaled(waterfall_frame, page.waterfall, page.time_ms, page.band_mhz);
  end_panel(sheet, "", "frequency [MHz]");

  begin_panel(sheet, dm_time_frame, page.time_ms, page.dm_pc_cm3);
  draw_scaled(dm_time_frame, page.dm_time, page.time_ms, page.dm_pc_cm3);
  end_panel(sheet, "time after the pulse [ms]", "DM [pc cm#u-3#d]");

  begin_panel(sheet, far_frame, page.far_time_s, page.far_dm_pc_cm3);
  draw_scaled(far_frame, page.far_dm_time, page.far_time_s, page.far_dm_pc_cm3);
  draw_cross(page.far_time_s, page.far_dm_pc_cm3, 0.0, page.dm);
  end_panel(sheet, "time after the pulse [s]", "DM [pc cm#u-3#d]");

  begin_panel(sheet, curve_frame, page.dm_pc_cm3, with_margin(page.dm_curve));
  draw_curve(page.dm_pc_cm3, page.dm_curve);
  end_panel(sheet, "DM [pc cm#u-3#d]", "S/N");
  write_facts(page);
}

}  // namespace draftstream
