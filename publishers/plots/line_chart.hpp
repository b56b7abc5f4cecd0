// Curves as PNG files, as figure.hpp draws bars.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace draftstream {

/// Points that a line joins, in order.
struct LineSeries {
  std::string name;  ///< In the legend; "": not there.
  std::vector<double> x;
  std::vector<double> y;      ///< Not finite: no point, and a gap in the line.
  std::vector<double> low;    ///< Of error bars; empty: none.
  std::vector<double> high;   ///< As `low`.
  std::size_t colour = 0;     ///< 0 to 3.
  bool is_reference = false;  ///< Grey and dashed, without points.
};

struct LineChart {
  std::string title;
  std::string x_axis;  ///< What x is, with the unit.
  std::string y_axis;
  bool logarithmic = false;  ///< Of x; points with x <= 0 are left out.
  double y_low = 0.0;
  double y_high = 1.0;
  std::vector<LineSeries> series;
};

/// Draws one chart; x reaches from the least to the largest of all points. Not while another thread
/// draws.
/// @throws std::invalid_argument if there is no series, their values do not match, or there is no
///     such colour.
/// @throws std::runtime_error    naming the file, if it cannot be written, or what is not
/// installed.
void draw_lines(const std::filesystem::path& path, const LineChart& chart);

}  // namespace draftstream
