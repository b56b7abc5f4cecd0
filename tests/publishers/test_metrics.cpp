// Figures for Prometheus, and the counts behind them.
#include <string>

#include "publishers/metrics/event_tally.hpp"
#include "publishers/metrics/metric_page.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

TEST_CASE("figures of a name stand together, with one help", "[publishers][metrics]") {
  MetricPage page;
  page.counter("packets_total", "Packets", 12.0, {{"reason", "late"}});
  page.gauge("lag_seconds", "Lag", 0.5);
  page.counter("packets_total", "", 3.0, {{"reason", "a \"quoted\\ word\""}});
  CHECK(page.text() ==
        "# HELP draftstream_packets_total Packets\n"
        "# TYPE draftstream_packets_total counter\n"
        "draftstream_packets_total{reason=\"late\"} 12\n"
        "draftstream_packets_total{reason=\"a \\\"quoted\\\\ word\\\"\"} 3\n"
        "# HELP draftstream_lag_seconds Lag\n"
        "# TYPE draftstream_lag_seconds gauge\n"
        "draftstream_lag_seconds 0.5\n");
}

TEST_CASE("a distribution counts each value once, bounds included", "[publishers][metrics]") {
  Distribution values{{1.0, 2.0}};
  for (const double value : {0.5, 1.0, 1.5, 2.0, 7.0}) values.count(value);
  CHECK(values.counts == std::vector<std::uint64_t>{2, 2, 1});
  CHECK(values.total() == 5);
  CHECK(values.sum == 12.0);
  MetricPage page;
  page.histogram("latency_seconds", "Latency", values);
  CHECK_THAT(page.text(), ContainsSubstring("draftstream_latency_seconds_count 5\n"
                                            "draftstream_latency_seconds_sum 12\n"
                                            "draftstream_latency_seconds_bucket{le=\"1\"} 2\n"
                                            "draftstream_latency_seconds_bucket{le=\"2\"} 4\n"
                                            "draftstream_latency_seconds_bucket{le=\"+Inf\"} 5\n"));
}

TEST_CASE("messages are counted by what they are", "[publishers][metrics]") {
  EventTally tally;
  Event event = test::sample_event(1);
  event.classifier.label = "burst";
  event.latency_ms.total = 1500.0;
  tally.count(event);
  event.alert_type = AlertType::update;
  event.revision = 2;
  tally.count(event);  // the same pulse
  Event alert = test::sample_event(2);
  alert.search = SearchKind::prompt;
  alert.latency_ms.total = 200.0;
  tally.count(alert);
  alert.revision = 2;
  tally.count(alert);  // seen brighter
  alert.alert_type = AlertType::retraction;
  tally.count(alert);
  tally.count(test::sample_event(3));  // nobody measured it

  const EventCounts counts = tally.counts();
  CHECK(counts.by_alert_type == std::array<std::uint64_t, 3>{4, 1, 1});
  CHECK(counts.by_label == std::map<std::string, std::uint64_t>{{"burst", 1}, {"unjudged", 1}});
  CHECK(counts.latency.total() == 1);
  CHECK(counts.latency.sum == 1.5);
  CHECK(counts.prompt_latency.total() == 1);
  CHECK(counts.prompt_latency.counts[1] == 1);
}
