#include "publishers/plots/slice_picture.hpp"

#include <fmt/format.h>
#include <plplot.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "publishers/plots/page.hpp"
#include "publishers/plots/panel.hpp"

namespace draftstream {
namespace {

constexpr Sheet composite_sheet{1600.0, 1200.0, 0.82};
constexpr Sheet single_sheet{1100.0, 850.0};
constexpr double line_height = 23.0;
constexpr const char* time_axis = "time since the beginning [s]";
constexpr const char* dm_axis = "DM [pc cm#u-3#d]";
constexpr const char* band_axis = "frequency [MHz]";

// Where a waterfall and its profile are.
struct WaterfallFrames {
  Frame profile;
  Frame image;
};

void check(const Image& image) {
  if (image.values.size() != image.rows * image.columns || image.values.empty()) {
    throw std::invalid_argument("slice picture: values of another shape");
  }
}

void check(const SlicePicture& picture) {
  for (const Image* image :
       {&picture.dm_time, &picture.dispersed.image, &picture.dedispersed.image}) {
    check(*image);
  }
  if (!picture.patch) return;
  check(picture.patch->waterfall);
  check(picture.patch->dm_time);
}

void write_head(const Sheet& sheet, double left, const SlicePicture& picture) {
  write_line(sheet, left, sheet.height - 30.0, 0.95, plain_text(picture.title));
  write_line(sheet, left, sheet.height - 60.0, 0.72, plain_text(picture.place));
}

// From `top` downwards. @return Where the next line would be.
double write_facts(const Sheet& sheet, double left, double top, const SlicePicture& picture,
                   std::size_t most) {
  double y = top;
  const std::size_t told = std::min(most, picture.marks.size());
  for (std::size_t i = 0; i < told; ++i) {
    for (const std::string& line : picture.marks[i].facts) {
      write_line(sheet, left, y, 0.66, line);
      y -= line_height;
    }
    y -= 0.35 * line_height;
  }
  const std::size_t more = picture.more + picture.marks.size() - told;
  if (more > 0) write_line(sheet, left, y, 0.66, fmt::format("and {} more", more));
  if (picture.marks.empty()) write_line(sheet, left, y, 0.66, "no candidate");
  return y - line_height;
}

void join(double x1, double y1, double x2, double y2, double x3, double y3) {
  pljoin(x1, y1, x2, y2);
  pljoin(x2, y2, x3, y3);
}

// Large enough to be seen, and leaving free what it is about.
void draw_box(const Sheet& sheet, const SliceMark& mark, const AxisRange& time,
              const AxisRange& dm) {
  const double half_time = std::max(mark.width_s, 0.015 * (time.high - time.low));
  const double half_dm = 0.035 * (dm.high - dm.low);
  const double left = std::max(mark.toa_s - half_time, time.low);
  const double right = std::min(mark.toa_s + half_time, time.high);
  const double low = std::max(mark.dm_pc_cm3 - half_dm, dm.low);
  const double high = std::min(mark.dm_pc_cm3 + half_dm, dm.high);
  if (left >= right || low >= high) return;
  plcol0(mark.label == "interference" ? missing_colour : mark_colour);
  pllsty(mark.label == "burst" ? 1 : 2);
  plwidth(2.0);
  join(left, low, right, low, right, high);
  join(right, high, left, high, left, low);
  plwidth(1.0);
  pllsty(1);
  plschr(0.0, 0.5 * sheet.text);
  const bool above = high + 0.06 * (dm.high - dm.low) < dm.high;
  const double beside = (above ? 0.028 : -0.028) * (dm.high - dm.low);
  const bool at_left = mark.toa_s < time.high - 0.15 * (time.high - time.low);
  plptex(at_left ? left : right, (above ? high : low) + beside, 1.0, 0.0, at_left ? 0.0 : 1.0,
         mark.name.c_str());
}

// @param most  Of the boxes that have names; those of others would cover the image.
void draw_dm_time(const Sheet& sheet, const Frame& frame, const SlicePicture& picture) {
  // Most of it is noise, and dark.
  const AxisRange colours = range_between(picture.dm_time, 0.3, 1.0);
  begin_panel(sheet, frame, picture.dm_time_s, picture.dm_pc_cm3);
  draw_image(picture.dm_time, picture.dm_time_s, picture.dm_pc_cm3, colours);
  for (const SliceMark& mark : picture.marks) {
    draw_box(sheet, mark, picture.dm_time_s, picture.dm_pc_cm3);
  }
  end_panel(sheet, time_axis, dm_axis);
  const double right = frame.x.high;
  draw_colour_scale(sheet, {{right + 15.0, right + 32.0}, frame.y}, colours, "S/N");
}

// On either side of the pulse.
void draw_sweep(const SlicePicture& picture) {
  if (picture.marks.empty() || picture.sweep_s.empty()) return;
  const SliceMark& mark = picture.marks.front();
  const AxisRange& time = picture.dispersed.time_s;
  const double aside = std::max(2.0 * mark.width_s, 0.02 * (time.high - time.low));
  plcol0(mark_colour);
  plwidth(1.5);
  pllsty(2);
  const std::size_t points = picture.sweep_s.size();
  std::vector<PLFLT> x(points);
  std::vector<PLFLT> y(points);
  for (const double side : {-aside, aside}) {
    for (std::size_t i = 0; i < points; ++i) {
      x[i] = mark.toa_s + picture.sweep_s[i] + side;
      y[i] = centre_of(picture.band_mhz, i, points);
    }
    plline(static_cast<PLINT>(points), x.data(), y.data());
  }
  pllsty(1);
  plwidth(1.0);
}

void draw_waterfall(const Sheet& sheet, const WaterfallFrames& frames, const Waterfall& waterfall,
                    const SlicePicture& picture, bool with_sweep) {
  begin_panel(sheet, frames.profile, waterfall.time_s, with_margin(waterfall.profile));
  draw_curve(waterfall.time_s, waterfall.profile);
  end_panel(sheet, "", "S/N");
  plschr(0.0, 0.6 * sheet.text);
  plmtex("t", 1.0, 0.0, 0.0,
         with_sweep ? "as it came"
                    : fmt::format("dedispersed at DM {}", waterfall.dm.value()).c_str());
  begin_panel(sheet, frames.image, waterfall.time_s, picture.band_mhz);
  draw_image(waterfall.image, waterfall.time_s, picture.band_mhz,
             range_between(waterfall.image, 0.02, 0.998));
  if (with_sweep) draw_sweep(picture);
  end_panel(sheet, time_axis, band_axis);
}

void draw_patch(const Sheet& sheet, const SlicePicture& picture, double bottom, double top) {
  const SlicePatch& patch = *picture.patch;
  begin_panel(sheet, {{880.0, 1170.0}, {bottom, top}}, patch.time_ms, picture.band_mhz);
  draw_image(patch.waterfall, patch.time_ms, picture.band_mhz, range_of(patch.waterfall));
  end_panel(sheet, "time after candidate 1 [ms]", band_axis);
  begin_panel(sheet, {{1270.0, 1560.0}, {bottom, top}}, patch.time_ms, patch.dm_pc_cm3);
  draw_image(patch.dm_time, patch.time_ms, patch.dm_pc_cm3, range_of(patch.dm_time));
  end_panel(sheet, "time after candidate 1 [ms]", dm_axis);
}

// A page that is being drawn.
class Drawing {
 public:
  Drawing(const std::filesystem::path& path, const Sheet& sheet)
      : page_{path, static_cast<int>(sheet.width), static_cast<int>(sheet.height)} {
    use_dark_to_bright();
    pladv(0);
    plsxax(12, 0);  // digits: of times late in a long observation
  }

 private:
  Page page_;
};

}  // namespace

void draw_composite(const std::filesystem::path& path, const SlicePicture& picture) {
  check(picture);
  constexpr Sheet sheet = composite_sheet;
  const Drawing drawing{path, sheet};
  draw_dm_time(sheet, {{110.0, 690.0}, {690.0, 1095.0}}, picture);
  // Without a candidate there is one waterfall, and all the room for it.
  const double right = picture.marks.empty() ? 1560.0 : 760.0;
  draw_waterfall(sheet, {{{110.0, right}, {465.0, 575.0}}, {{110.0, right}, {80.0, 457.0}}},
                 picture.dispersed, picture, true);
  if (!picture.marks.empty()) {
    draw_waterfall(sheet, {{{880.0, 1560.0}, {465.0, 575.0}}, {{880.0, 1560.0}, {80.0, 457.0}}},
                   picture.dedispersed, picture, false);
  }
  if (picture.patch) draw_patch(sheet, picture, 690.0, 870.0);
  write_facts(sheet, 830.0, 1090.0, picture, picture.patch ? 2 : 4);
  write_head(sheet, 110.0, picture);
}

void draw_detections(const std::filesystem::path& path, const SlicePicture& picture) {
  check(picture);
  constexpr Sheet sheet = single_sheet;
  const Drawing drawing{path, sheet};
  draw_dm_time(sheet, {{110.0, 980.0}, {80.0, 545.0}}, picture);
  write_facts(sheet, 110.0, sheet.height - 95.0, picture, 2);
  write_head(sheet, 110.0, picture);
}

namespace {

void draw_single(const std::filesystem::path& path, const SlicePicture& picture,
                 const Waterfall& waterfall, bool with_sweep) {
  check(picture);
  constexpr Sheet sheet = single_sheet;
  const Drawing drawing{path, sheet};
  draw_waterfall(sheet, {{{110.0, 1070.0}, {510.0, 625.0}}, {{110.0, 1070.0}, {80.0, 502.0}}},
                 waterfall, picture, with_sweep);
  write_facts(sheet, 110.0, sheet.height - 95.0, picture, 1);
  write_head(sheet, 110.0, picture);
}

}  // namespace

void draw_dispersed(const std::filesystem::path& path, const SlicePicture& picture) {
  draw_single(path, picture, picture.dispersed, true);
}

void draw_dedispersed(const std::filesystem::path& path, const SlicePicture& picture) {
  draw_single(path, picture, picture.dedispersed, false);
}

}  // namespace draftstream
