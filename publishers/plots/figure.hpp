// Figures as PNG files. PLplot draws them; nobody else sees it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace draftstream {

/// Bars that belong together: one for each name on the axis.
struct BarSeries {
  std::string name;            ///< In the legend; "" where there is one series.
  std::vector<double> values;  ///< One for each name; not finite or, on a log axis, not positive:
                               ///< no bar.
};

/// Horizontal bars, the first name at the top, with their values beside them.
struct BarChart {
  std::string title;
  std::string axis;  ///< What the values are, with the unit: "disk space [MB]".
  std::vector<std::string> names;
  std::vector<BarSeries> series;
  bool logarithmic = false;
};

/// A picture, row after row, row 0 at the top.
struct Picture {
  std::string title;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;  ///< Not finite: grey.
};

/// Draws one chart. Not while another thread draws.
/// @throws std::invalid_argument if names and values do not match.
/// @throws std::runtime_error    naming the file, if it cannot be written, or what is not
/// installed.
void draw_bars(const std::filesystem::path& path, const BarChart& chart);

/// Draws pictures beside each other, `across` in a row, each from its own least to its own largest
/// value, dark to bright.
/// @throws as draw_bars.
void draw_pictures(const std::filesystem::path& path, const std::string& title,
                   const std::vector<Picture>& pictures, std::size_t across);

}  // namespace draftstream
