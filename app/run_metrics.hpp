// What a process tells Prometheus; docs/interfaces/metrics.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/run_monitor.hpp"
#include "app/stage_watch.hpp"
#include "publishers/gateways/gateway_counts.hpp"
#include "publishers/metrics/event_tally.hpp"
#include "publishers/page/page_server.hpp"
#include "publishers/topic_publisher.hpp"

namespace draftstream {

/// All that is told at a scrape. What is not known is left out.
struct ProcessReport {
  RunsReport runs;
  EventCounts events;
  std::optional<TopicCounts> topic;  ///< Of the process; empty where nothing is published.
  std::vector<GatewayCounts> gateways;
  std::vector<StageHealth> stages;
  PageCounts page;
  double rate = 0.0;   ///< x real time.
  std::string models;  ///< Of the networks; "" where none judge.
};

/// In the text format of Prometheus.
[[nodiscard]] std::string metrics_text(const ProcessReport& report);

}  // namespace draftstream
