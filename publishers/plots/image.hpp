// Values as colours. For the files of this folder.
#pragma once

#include <cstddef>
#include <vector>

namespace draftstream {

/// Row after row, row 0 at the bottom.
struct Image {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;  ///< Not finite: no data, grey.
};

/// From an edge to the other.
struct AxisRange {
  double low = 0.0;
  double high = 1.0;
};

/// Colours of images on the page that is being drawn: from black through purple and orange to pale
/// yellow. Brightness grows all the way, so a print without colours says the same.
void use_dark_to_bright();

/// Fills `x` times `y` of the window.
/// @param colours  Values of the darkest and the brightest colour; others are cut to them.
void draw_image(const Image& image, const AxisRange& x, const AxisRange& y,
                const AxisRange& colours);

/// The least and the largest finite value; never empty.
[[nodiscard]] AxisRange range_of(const Image& image);

/// The values that these parts of all lie below. As range_of() where they are the same.
[[nodiscard]] AxisRange range_between(const Image& image, double low_part, double high_part);

/// As range_between(), but what fewer than a hundredth of the values exceed ends at `sigmas` above
/// the median, so that an impulse of interference leaves the rest to be seen. A standard deviation
/// is that of the values below the median.
[[nodiscard]] AxisRange range_capped(const Image& image, double low_part, double high_part,
                                     double sigmas);

}  // namespace draftstream
