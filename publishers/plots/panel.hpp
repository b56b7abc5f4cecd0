// Panels of a page that consists of several. For the files of this folder.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "publishers/plots/image.hpp"

namespace draftstream {

/// Of a page [pixels]. Letters grow with its height.
struct Sheet {
  double width = 0.0;
  double height = 0.0;
  double text = 1.0;  ///< Size of all letters, relative to the usual.
};

/// Of a panel, from the lower left corner of the page [pixels].
struct Frame {
  AxisRange x;
  AxisRange y;
};

/// Draws in this frame from here on.
void begin_panel(const Sheet& sheet, const Frame& frame, const AxisRange& x, const AxisRange& y);

/// The frame with its numbers.
/// @param x_axis  "" where the panel below has it.
/// @param y_axis  "" for no name.
void end_panel(const Sheet& sheet, const char* x_axis, const char* y_axis);

/// The least and the largest finite value with some room; never empty.
[[nodiscard]] AxisRange with_margin(const std::vector<double>& values);

/// Centre of cell i of n.
[[nodiscard]] double centre_of(const AxisRange& range, std::size_t i, std::size_t n);

/// A line through the centres of the cells that the panel's x axis is cut into; broken where a
/// value is not finite.
void draw_curve(const AxisRange& x, const std::vector<double>& values);

/// A scale of the colours of an image, upright in `frame`, its numbers to the right.
void draw_colour_scale(const Sheet& sheet, const Frame& frame, const AxisRange& colours,
                       const char* name);

/// One line, its left end at x and its middle at y [pixels].
/// @param size  1: of titles.
void write_line(const Sheet& sheet, double x, double y, double size, const std::string& line);

/// Text from outside as PLplot takes it: '#' is its escape, and what is no printable ASCII becomes
/// '?'.
[[nodiscard]] std::string plain_text(std::string_view text);

}  // namespace draftstream
