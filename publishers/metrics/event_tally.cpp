#include "publishers/metrics/event_tally.hpp"

namespace draftstream {

std::vector<double> EventCounts::latency_bounds() {
  return {0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0};
}

void EventTally::count(const Event& event) {
  const std::lock_guard lock{mutex_};
  ++counts_.by_alert_type.at(static_cast<std::size_t>(event.alert_type));
  if (event.alert_type != AlertType::initial || event.revision > 1) return;
  const bool is_full = event.search == SearchKind::full;
  if (is_full) ++counts_.by_label[event.classifier.label];
  if (!event.latency_ms.total) return;
  (is_full ? counts_.latency : counts_.prompt_latency).count(*event.latency_ms.total / 1e3);
}

EventCounts EventTally::counts() const {
  const std::lock_guard lock{mutex_};
  return counts_;
}

}  // namespace draftstream
