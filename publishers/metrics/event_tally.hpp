// How many messages of each kind were told, and how soon.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "publishers/event.hpp"
#include "publishers/metrics/metric_page.hpp"

namespace draftstream {

struct EventCounts {
  std::array<std::uint64_t, 3> by_alert_type{};   ///< By AlertType.
  std::map<std::string, std::uint64_t> by_label;  ///< Candidates of the full search, once each.
  /// From the arrival of a pulse's last sample until it was told for the first time [s]; of those
  /// for which that was measured, by kind of search.
  Distribution latency{latency_bounds()};
  Distribution prompt_latency{latency_bounds()};  ///< The same, of the prompt search.

  static std::vector<double> latency_bounds();
};

/// Counts what is told in this process, whichever observation it is of.
///
/// Threads: any; none waits for longer than it takes to count or to copy.
class EventTally {
 public:
  void count(const Event& event);
  [[nodiscard]] EventCounts counts() const;

 private:
  mutable std::mutex mutex_;
  EventCounts counts_;
};

}  // namespace draftstream
