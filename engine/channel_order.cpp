#include "engine/channel_order.hpp"

#include <algorithm>
#include <numeric>

namespace draftstream {

std::vector<std::uint32_t> channels_by_rank(const FrequencyAxis& frequency) {
  std::vector<std::uint32_t> channels(frequency.channels());
  std::iota(channels.begin(), channels.end(), 0U);
  std::stable_sort(channels.begin(), channels.end(), [&](std::uint32_t a, std::uint32_t b) {
    return frequency.centre(a) > frequency.centre(b);
  });
  return channels;
}

}  // namespace draftstream
