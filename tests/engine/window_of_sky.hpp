// Windows cut out of a synthetic sky, whose samples need no conditioning.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "engine/infer/band_delays.hpp"
#include "engine/infer/sample_window.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream::test {

/// Whether a sample is good, by time and channel.
using IsGood = std::function<bool(std::int64_t t, std::size_t channel)>;

/// What lies outside the sky is not good.
inline SampleWindow window_of(const Sky& sky, const BandDelays& delays,
                              std::span<const Stretch> stretches, const IsGood& is_good = {}) {
  SampleWindow window{stretches, 0};
  for (std::size_t rank = 0; rank < stretches.size(); ++rank) {
    const std::size_t channel = delays.order()[rank];
    for (std::size_t i = 0; i < stretches[rank].samples; ++i) {
      const std::int64_t t = stretches[rank].first + static_cast<std::int64_t>(i);
      if (t < 0 || t >= static_cast<std::int64_t>(sky.samples)) continue;
      if (is_good && !is_good(t, channel)) continue;
      window.values(rank)[i] = sky.at(static_cast<std::size_t>(t), channel);
      window.good(rank)[i] = 1;
    }
  }
  return window;
}

}  // namespace draftstream::test
