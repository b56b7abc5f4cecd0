// Which parts of the spectra of a ring's content are no data.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ingest/hole.hpp"

namespace draftstream {

/// Holes in order of time. As they are disjoint, there are never more than the samples it has to
/// remember. It allocates only when it has to hold more holes at once than ever before.
///
/// Threads: one at a time per object.
class HoleLog {
 public:
  /// @param hole  Not empty; begins no earlier than the last one.
  /// @throws std::logic_error if not.
  void add(const Hole& hole);

  /// Drops holes that end at or before `sample`, as far as no longer one came before them.
  void forget_before(std::uint64_t sample);

  /// Calls visit(hole) for what lies in [first, end), cut to it; in order of time.
  template <class Visit>
  void for_each(std::uint64_t first, std::uint64_t end, const Visit& visit) const;

  /// Appends the same.
  void append_to(std::vector<Hole>& out, std::uint64_t first, std::uint64_t end) const;

  [[nodiscard]] std::size_t size() const noexcept { return holes_.size() - oldest_; }

 private:
  struct Entry {
    Hole hole;
    std::uint64_t reached = 0;  // end of the longest so far: unlike ends, never less than before
  };
  std::vector<Entry> holes_;
  std::size_t oldest_ = 0;  // those before it are forgotten
};

template <class Visit>
void HoleLog::for_each(std::uint64_t first, std::uint64_t end, const Visit& visit) const {
  if (first >= end) return;
  const auto live = holes_.begin() + static_cast<std::ptrdiff_t>(oldest_);
  auto entry = std::partition_point(live, holes_.end(),
                                    [first](const Entry& each) { return each.reached <= first; });
  for (; entry != holes_.end() && entry->hole.first < end; ++entry) {
    const Hole& hole = entry->hole;
    if (hole.end() <= first) continue;
    const std::uint64_t from = std::max(hole.first, first);
    visit(Hole{from, std::min(hole.end(), end) - from, hole.first_channel, hole.channels});
  }
}

}  // namespace draftstream
