#include "ingest/gap_log.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace draftstream {

GapLog::GapLog() {
  gaps_.reserve(1024);
}

void GapLog::add(const Gap& gap) {
  if (gap.samples == 0) throw std::logic_error("GapLog: a gap needs at least 1 spectrum");
  if (size() > 0) {
    Gap& last = gaps_.back();
    if (gap.first < last.end()) {
      throw std::logic_error(fmt::format("GapLog: a gap at sample {} after one that ends at {}",
                                         gap.first, last.end()));
    }
    if (gap.first == last.end() && gap.fate == last.fate) {
      last.samples += gap.samples;
      return;
    }
  }
  gaps_.push_back(gap);
}

void GapLog::forget_before(std::uint64_t sample) {
  while (oldest_ < gaps_.size() && gaps_[oldest_].end() <= sample) ++oldest_;
  // Moving the rest down costs less than what was forgotten since the last time.
  if (2 * oldest_ >= gaps_.size()) {
    gaps_.erase(gaps_.begin(), gaps_.begin() + static_cast<std::ptrdiff_t>(oldest_));
    oldest_ = 0;
  }
}

void GapLog::append_to(std::vector<Gap>& out, std::uint64_t first, std::uint64_t end) const {
  if (first >= end) return;
  const auto live = gaps_.begin() + static_cast<std::ptrdiff_t>(oldest_);
  auto gap = std::partition_point(live, gaps_.end(),
                                  [first](const Gap& each) { return each.end() <= first; });
  for (; gap != gaps_.end() && gap->first < end; ++gap) {
    const std::uint64_t from = std::max(gap->first, first);
    out.push_back({from, std::min(gap->end(), end) - from, gap->fate});
  }
}

}  // namespace draftstream
