#include "ingest/packets/packet_report.hpp"

#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace draftstream {

PacketReport PacketReport::since(const PacketReport& before) const {
  PacketReport left = *this;
  left.counts -= before.counts;
  left.incomplete_units -= before.incomplete_units;
  left.kernel_drops -= before.kernel_drops;
  left.truncated -= before.truncated;
  if (counts.refused_in_all() == before.counts.refused_in_all()) left.last_refused.clear();
  return left;
}

bool PacketReport::lost_something() const noexcept {
  return kernel_drops + truncated + incomplete_units + counts.refused_in_all() + counts.late +
             counts.far_future + counts.stray + counts.wrong_stream +
             counts.assembled.cells_missing >
         0;
}

std::string PacketReport::describe_loss() const {
  std::vector<std::string> parts;
  const auto add = [&parts](std::uint64_t count, std::string_view what) {
    if (count > 0) parts.push_back(fmt::format("{} {}", count, what));
  };
  if (counts.assembled.cells_missing > 0) {
    parts.push_back(fmt::format("{} of {} cells did not come", counts.assembled.cells_missing,
                                counts.assembled.cells_expected));
  }
  add(kernel_drops, "datagrams found the kernel's buffer full");
  add(truncated, "were too long to be taken");
  add(counts.refused_in_all(), "were refused");
  if (!last_refused.empty()) parts.back() += fmt::format(" (the last: {})", last_refused);
  add(incomplete_units, "heaps came in part");
  add(counts.late, "came too late");
  add(counts.far_future, "came far too early");
  add(counts.stray, "had a clock of their own");
  add(counts.wrong_stream, "were of another stream");
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace draftstream
