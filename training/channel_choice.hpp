// Channels picked at random, for interference that lives in channels.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "training/random.hpp"

namespace draftstream {

/// @param fraction  Of `channels`, 0 to 1; rounded to the nearest count, at least 1 if above 0.
/// @return Different channels, in random order.
inline std::vector<std::size_t> choose_channels(std::size_t channels, double fraction,
                                                RandomEngine& engine) {
  std::vector<std::size_t> all(channels);
  std::iota(all.begin(), all.end(), std::size_t{0});
  const double wanted = std::round(fraction * static_cast<double>(channels));
  const std::size_t count = fraction > 0.0 ? static_cast<std::size_t>(std::max(1.0, wanted)) : 0;
  for (std::size_t i = 0; i < count; ++i) {  // the beginning of a Fisher-Yates shuffle
    const auto left = static_cast<double>(channels - i);
    std::swap(all[i], all[i + static_cast<std::size_t>(uniform(engine) * left)]);
  }
  all.resize(count);
  return all;
}

}  // namespace draftstream
