// Medians, and the scatter that outliers do not move.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

namespace draftstream {

/// Upper median. @param values  At least one; reordered.
inline float median(std::span<float> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct CentreAndScatter {
  double centre = 0.0;
  double scatter = 0.0;  ///< 1.4826 * median(|x - centre|): sigma, for Gaussian values.
};

/// @param values  At least one; overwritten.
inline CentreAndScatter median_and_scatter(std::span<float> values) {
  const float centre = median(values);
  for (float& value : values) value = std::abs(value - centre);
  return {static_cast<double>(centre), 1.4826 * static_cast<double>(median(values))};
}

}  // namespace draftstream
