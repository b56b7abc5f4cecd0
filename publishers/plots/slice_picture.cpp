#include "publishers/plots/slice_picture.hpp"

#include <fmt/format.h>
#include <plplot.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "publishers/plots/name_places.hpp"
#include "publishers/plots/page.hpp"
#include "publishers/plots/panel.hpp"
#include "publishers/plots/told_numbers.hpp"

namespace draftstream {
namespace {

constexpr Sheet composite_sheet{1600.0, 1200.0, 0.82};
constexpr Sheet single_sheet{1100.0, 850.0};
constexpr double line_height = 23.0;
constexpr const char* time_axis = "time since the beginning [s]";
constexpr const char* dm_axis = "DM [pc cm#u-3#d]";
constexpr const char* band_axis = "frequency [MHz]";

constexpr double letter_part = 0.0084;   // of a page's height: width of a letter beside a box
constexpr double between_panels = 18.0;  // that share their time: numbers of both fit in

// Of the colours of an image: to its right.
Frame beside(const Frame& image) {
  return {{image.x.high + 10.0, image.x.high + 22.0}, image.y};
}

// Where a waterfall and its profile are.
struct WaterfallFrames {
  WaterfallFrames(const AxisRange& x, const AxisRange& y, double profile_height)
      : profile{x, {y.high - profile_height, y.high}},
        image{x, {y.low, y.high - profile_height - between_panels}} {}
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

// Large enough to be seen, and leaving free what it is about; cut at the image's edges.
Frame box_of(const SliceMark& mark, const AxisRange& time, const AxisRange& dm) {
  const double half_time = std::max(mark.width_s, 0.015 * (time.high - time.low));
  const double half_dm = 0.035 * (dm.high - dm.low);
  return {
      {std::max(mark.toa_s - half_time, time.low), std::min(mark.toa_s + half_time, time.high)},
      {std::max(mark.dm_pc_cm3 - half_dm, dm.low), std::min(mark.dm_pc_cm3 + half_dm, dm.high)}};
}

void set_pen(const SliceMark& mark) {
  plcol0(mark.label == "interference" ? missing_colour : mark_colour);
}

void draw_box(const SliceMark& mark, const Frame& box) {
  set_pen(mark);
  pllsty(mark.label == "burst" ? 1 : 2);
  plwidth(2.0);
  join(box.x.low, box.y.low, box.x.high, box.y.low, box.x.high, box.y.high);
  join(box.x.high, box.y.high, box.x.low, box.y.high, box.x.low, box.y.low);
  plwidth(1.0);
  pllsty(1);
}

double rescaled(double value, const AxisRange& from, const AxisRange& to) {
  return to.low + (value - from.low) * (to.high - to.low) / (from.high - from.low);
}

Frame rescaled(const Frame& frame, const Frame& from, const Frame& to) {
  return {{rescaled(frame.x.low, from.x, to.x), rescaled(frame.x.high, from.x, to.x)},
          {rescaled(frame.y.low, from.y, to.y), rescaled(frame.y.high, from.y, to.y)}};
}

// Boxes, and their names where there is room; the facts tell what has none.
void draw_boxes(const Sheet& sheet, const Frame& frame, const SlicePicture& picture) {
  const Frame window{picture.dm_time_s, picture.dm_pc_cm3};
  const double letter = letter_part * sheet.height * sheet.text;
  std::vector<const SliceMark*> marks;
  std::vector<Frame> boxes;
  std::vector<double> widths;
  for (const SliceMark& mark : picture.marks) {
    const Frame box = box_of(mark, window.x, window.y);
    if (box.x.low >= box.x.high || box.y.low >= box.y.high) continue;
    draw_box(mark, box);
    marks.push_back(&mark);
    boxes.push_back(rescaled(box, window, frame));
    widths.push_back(letter * static_cast<double>(mark.name.size()));
  }
  const auto places = place_names(frame, boxes, widths, 2.0 * letter);
  plschr(0.0, 0.5 * sheet.text);
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (!places[i]) continue;
    const Frame name = rescaled(*places[i], frame, window);
    set_pen(*marks[i]);
    plptex(name.x.low, 0.5 * (name.y.low + name.y.high), 1.0, 0.0, 0.0, marks[i]->name.c_str());
  }
}

// Where the image reaches beyond its block: what lies there is of another one.
void draw_block_edges(const Sheet& sheet, const SlicePicture& picture) {
  const AxisRange& time = picture.dm_time_s;
  const AxisRange& dm = picture.dm_pc_cm3;
  struct Edge {
    double time_s;
    const char* name;
    double left;  // part of the name that is before it: names are on the side of the block
  };
  const Edge edges[] = {{picture.block_s.low, "chunk begins", 0.0},
                        {picture.block_s.high, "chunk ends", 1.0}};
  plschr(0.0, 0.5 * sheet.text);
  for (const auto& [edge, name, left] : edges) {
    const double part = (edge - time.low) / (time.high - time.low);
    if (!(part > 0.001 && part < 0.999)) continue;
    plcol0(grid_colour);
    pljoin(edge, dm.low, edge, dm.high);
    plcol0(ink_colour);
    plmtex("t", 0.9, part, left, name);
  }
}

void draw_dm_time(const Sheet& sheet, const Frame& frame, const SlicePicture& picture) {
  // Most of it is noise, and dark. What is brightest matters where there is a candidate.
  const AxisRange colours = picture.marks.empty() ? range_capped(picture.dm_time, 0.3, 1.0, 12.0)
                                                  : range_between(picture.dm_time, 0.3, 1.0);
  begin_panel(sheet, frame, picture.dm_time_s, picture.dm_pc_cm3);
  draw_image(picture.dm_time, picture.dm_time_s, picture.dm_pc_cm3, colours);
  draw_block_edges(sheet, picture);
  draw_boxes(sheet, frame, picture);
  end_panel(sheet, time_axis, dm_axis);
  draw_colour_scale(sheet, beside(frame), colours, "S/N");
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
  plmtex(
      "t", 1.0, 0.0, 0.0,
      with_sweep ? "as it came" : ("dedispersed at DM " + told_dm(waterfall.dm.value())).c_str());
  begin_panel(sheet, frames.image, waterfall.time_s, picture.band_mhz);
  const AxisRange colours = range_capped(waterfall.image, 0.02, 0.998, 6.0);
  draw_image(waterfall.image, waterfall.time_s, picture.band_mhz, colours);
  if (with_sweep) draw_sweep(picture);
  end_panel(sheet, time_axis, band_axis);
  draw_colour_scale(sheet, beside(frames.image), colours, "S/N");
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
  const double right = picture.marks.empty() ? 1540.0 : 745.0;
  const AxisRange rows{80.0, 575.0};
  draw_waterfall(sheet, {{110.0, right}, rows, 110.0}, picture.dispersed, picture, true);
  if (!picture.marks.empty()) {
    draw_waterfall(sheet, {{880.0, 1540.0}, rows, 110.0}, picture.dedispersed, picture, false);
  }
  if (picture.patch) draw_patch(sheet, picture, 690.0, 870.0);
  write_facts(sheet, 830.0, 1090.0, picture, picture.patch ? 2 : 4);
  write_head(sheet, 110.0, picture);
}

void draw_detections(const std::filesystem::path& path, const SlicePicture& picture) {
  check(picture);
  constexpr Sheet sheet = single_sheet;
  const Drawing drawing{path, sheet};
  const double below = write_facts(sheet, 110.0, sheet.height - 95.0, picture, 2);
  draw_dm_time(sheet, {{110.0, 1030.0}, {80.0, below}}, picture);
  write_head(sheet, 110.0, picture);
}

namespace {

void draw_single(const std::filesystem::path& path, const SlicePicture& picture,
                 const Waterfall& waterfall, bool with_sweep) {
  check(picture);
  constexpr Sheet sheet = single_sheet;
  const Drawing drawing{path, sheet};
  const double below = write_facts(sheet, 110.0, sheet.height - 95.0, picture, 1);
  draw_waterfall(sheet, {{110.0, 1030.0}, {80.0, below - 20.0}, 115.0}, waterfall, picture,
                 with_sweep);
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
