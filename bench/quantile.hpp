// Of measurements that were taken again and again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace draftstream {

/// The value below which that `part` (0 to 1) of them lies. Sorts them; there must be one at least.
inline double quantile(std::vector<double>& values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

}  // namespace draftstream
