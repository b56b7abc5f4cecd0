#include "ingest/hole_log.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace draftstream {

void HoleLog::add(const Hole& hole) {
  if (hole.samples == 0 || hole.channels == 0) {
    throw std::logic_error(
        fmt::format("HoleLog: a hole of {} spectra and {} channels, expected at "
                    "least 1 of each",
                    hole.samples, hole.channels));
  }
  std::uint64_t reached = hole.end();
  if (size() > 0) {
    const Hole& last = holes_.back().hole;
    if (hole.first < last.first) {
      throw std::logic_error(fmt::format("HoleLog: a hole at sample {} after one at sample {}",
                                         hole.first, last.first));
    }
    reached = std::max(reached, holes_.back().reached);
  }
  holes_.push_back({hole, reached});
}

void HoleLog::forget_before(std::uint64_t sample) {
  while (oldest_ < holes_.size() && holes_[oldest_].reached <= sample) ++oldest_;
  // Moving the rest down costs less than what was forgotten since the last time.
  if (2 * oldest_ >= holes_.size()) {
    holes_.erase(holes_.begin(), holes_.begin() + static_cast<std::ptrdiff_t>(oldest_));
    oldest_ = 0;
  }
}

void HoleLog::append_to(std::vector<Hole>& out, std::uint64_t first, std::uint64_t end) const {
  for_each(first, end, [&out](const Hole& hole) { out.push_back(hole); });
}

}  // namespace draftstream
