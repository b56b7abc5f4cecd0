// How fast the machine can load, whatever it does with it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace draftstream {

/// Loads from a stretch of memory that is read again and again by one thread.
struct Wall {
  std::string name;
  std::size_t bytes = 0;
  bool across_lines = false;    ///< Every load begins in the middle of a cache line.
  double bytes_a_second = 0.0;  ///< The best of some runs.
};

/// Memory that fits the caches of this machine, the first, second and last level, and none; then
/// rows of the first and second level that are not only loaded, but summed as the tree does.
/// Takes about a second.
[[nodiscard]] std::vector<Wall> measure_walls();

}  // namespace draftstream
