#include "engine/tree/trial_peaks.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>

namespace draftstream {
namespace {

// Of one trial, by brightness.
void keep_peaks(std::span<const Detection> boxes, std::vector<Detection>& peaks) {
  std::vector<std::size_t> order(boxes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::uint32_t widest = 0;
  for (const Detection& box : boxes) widest = std::max(widest, box.width);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return boxes[a].snr != boxes[b].snr ? boxes[a].snr > boxes[b].snr : a < b;
  });
  std::vector<bool> taken(boxes.size(), false);
  for (const std::size_t brightest : order) {
    if (taken[brightest]) continue;
    Detection peak = boxes[brightest];
    peak.members = 0;
    const auto beside = [&](const Detection& box) {
      const std::uint64_t margin = peak.width + box.width;
      return box.first < peak.end() + margin && peak.first < box.end() + margin;
    };
    const auto begins_before = [](const Detection& box, std::uint64_t n) { return box.first < n; };
    const std::uint64_t reach = peak.width + 2 * std::uint64_t{widest};
    const std::uint64_t from = peak.first > reach ? peak.first - reach : 0;
    for (auto box = std::lower_bound(boxes.begin(), boxes.end(), from, begins_before);
         box != boxes.end() && box->first < peak.end() + reach; ++box) {
      const auto place = static_cast<std::size_t>(box - boxes.begin());
      if (taken[place] || !beside(*box)) continue;
      taken[place] = true;
      ++peak.members;
    }
    peaks.push_back(peak);
  }
}

}  // namespace

void sort_by_trial(std::vector<Detection>& boxes) {
  std::sort(boxes.begin(), boxes.end(), [](const Detection& a, const Detection& b) {
    if (a.trial != b.trial) return a.trial < b.trial;
    return a.first != b.first ? a.first < b.first : a.width < b.width;
  });
}

std::vector<Detection> peaks_of(std::span<const Detection> boxes) {
  std::vector<Detection> peaks;
  for (auto begin = boxes.begin(); begin != boxes.end();) {
    const auto end = std::find_if(begin, boxes.end(), [trial = begin->trial](const Detection& box) {
      return box.trial != trial;
    });
    const std::size_t before = peaks.size();
    keep_peaks({begin, end}, peaks);
    std::sort(peaks.begin() + static_cast<std::ptrdiff_t>(before), peaks.end(),
              [](const Detection& a, const Detection& b) { return a.first < b.first; });
    begin = end;
  }
  return peaks;
}

}  // namespace draftstream
