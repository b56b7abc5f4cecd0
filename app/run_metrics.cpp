#include "app/run_metrics.hpp"

#include <chrono>

#include "app/version.hpp"

namespace draftstream {
namespace {

using Labels = MetricPage::Labels;

double real(std::uint64_t count) {
  return static_cast<double>(count);
}

std::string beam_name(const std::optional<int>& beam) {
  return std::to_string(beam.value_or(0));
}

void add_packets(MetricPage& page, const RunTotals& totals) {
  if (totals.packets_dropped.empty()) return;
  page.counter("ingest_packets_total", "Datagrams that were taken from the socket",
               real(totals.packets));
  for (const auto& [reason, count] : totals.packets_dropped) {
    page.counter("ingest_packets_dropped_total",
                 "Packets, or what they carried, that did not come into the spectra", real(count),
                 {{"reason", reason}});
  }
}

void add_search(MetricPage& page, const std::string& beam, const SearchCounts& counts) {
  for (std::size_t i = 0; i < fates; ++i) {
    const auto fate = static_cast<Fate>(i);
    page.counter("ingest_samples_total", "Spectra, by what became of them; their sum is all",
                 real(counts.ledger[fate]), {{"beam", beam}, {"state", std::string{name(fate)}}});
  }
  page.counter("search_chunks_total", "Blocks of the search", real(counts.blocks),
               {{"beam", beam}, {"result", "searched"}});
  page.counter("search_chunks_total", "", real(counts.shed.blocks_skipped),
               {{"beam", beam}, {"result", "skipped"}});
  page.counter("inference_candidates_total", "Candidates, by whether networks judged them",
               real(counts.judged), {{"beam", beam}, {"result", "judged"}});
  page.counter("inference_candidates_total", "", real(counts.left_unjudged),
               {{"beam", beam}, {"result", "left_unjudged"}});
}

void add_stage_seconds(MetricPage& page, const StageSeconds& seconds) {
  const std::pair<const char*, double> stages[] = {
      {"condition", seconds.condition}, {"dedisperse", seconds.dedisperse},
      {"cluster", seconds.cluster},     {"look", seconds.look},
      {"infer", seconds.infer},         {"wait_for_networks", seconds.wait_for_networks}};
  for (const auto& [stage, spent_s] : stages) {
    page.counter("stage_seconds_total", "Wall-clock seconds that a stage was at work, of all beams",
                 spent_s, {{"stage", stage}});
  }
}

void add_totals(MetricPage& page, const RunTotals& totals) {
  add_packets(page, totals);
  SearchCounts all;
  for (const auto& [beam, counts] : totals.beams) {
    add_search(page, std::to_string(beam), counts);
    all += counts;
  }
  add_stage_seconds(page, all.seconds);
  for (const bool recovered : {true, false}) {
    page.counter("injections_total", "Bursts that were put in, by whether the search found them",
                 real(recovered ? totals.injections.found : totals.injections.missed),
                 {{"recovered", recovered ? "true" : "false"}});
  }
  const std::pair<const char*, std::uint64_t> dumps[] = {{"complete", totals.dumps.complete},
                                                         {"truncated", totals.dumps.truncated},
                                                         {"missed", totals.dumps.missed},
                                                         {"failed", totals.dumps.failed}};
  for (const auto& [result, count] : dumps) {
    page.counter("dump_requests_total", "Dumps of raw samples, by how they went", real(count),
                 {{"result", result}});
  }
}

void add_beam(MetricPage& page, const BeamReport& beam) {
  const Labels labels{{"beam", beam_name(beam.beam)}};
  Labels reader = labels;
  reader.emplace_back("reader", "search");
  page.gauge("ring_capacity_seconds", "Data that the ring has room for", beam.ring_s, labels);
  page.gauge("ring_lag_seconds", "Data that came and were not taken yet", beam.lag_s, reader);
  page.gauge("ring_fill_ratio", "The same, of the ring's room", beam.lag_s / beam.ring_s, labels);
  page.gauge("dm_trials", "Dispersion measures that are searched", real(beam.trials), labels);
  page.gauge("rfi_masked_ratio", "Part of the channels that is not used, the given mask included",
             beam.counts.frac_channels_flagged, labels);
  if (!beam.overload) return;
  page.gauge("overload_level", "Steps that are left out, as the search is behind; 0 = none",
             real(beam.overload->level), labels);
}

void add_run(MetricPage& page, const std::optional<RunReport>& run, double rate) {
  page.gauge("searching", "Whether an observation is searched", run ? 1.0 : 0.0);
  if (!run) return;
  page.gauge("realtime_ratio", "Seconds of data searched a second", rate);
  for (const BeamReport& beam : run->beams) add_beam(page, beam);
}

void add_events(MetricPage& page, const EventCounts& events) {
  for (std::size_t i = 0; i < events.by_alert_type.size(); ++i) {
    page.counter("events_total", "Messages that were kept, and published where something is",
                 real(events.by_alert_type[i]),
                 {{"alert_type", std::string{name(static_cast<AlertType>(i))}}});
  }
  for (const char* label : {"burst", "interference", "unjudged"}) {
    const auto found = events.by_label.find(label);
    page.counter("candidates_total", "Candidates of the full search, by their label",
                 found == events.by_label.end() ? 0.0 : real(found->second), {{"class", label}});
  }
  page.histogram("event_latency_seconds",
                 "From the arrival of a pulse's last sample until its event was kept; live",
                 events.latency);
  page.histogram("prompt_alert_latency_seconds", "The same, of the prompt search",
                 events.prompt_latency);
}

void add_topic(MetricPage& page, const TopicCounts& topic) {
  page.counter("publish_messages_total", "Events sent to whoever subscribed",
               real(topic.published));
  page.counter("publish_dropped_total", "Events not sent, as the queue was full; in the journal",
               real(topic.dropped_queue));
  page.counter("publish_stalls_total", "Times that a subscriber did not take what it was sent",
               real(topic.stalls));
  page.counter("publish_replay_requests_total", "Requests for events that were missed",
               real(topic.replay_requests));
  page.counter("publish_refused_keys_total", "Connections whose key is not on the list",
               real(topic.refused_keys));
  page.gauge("publish_subscribers", "Subscribers", real(topic.subscribers));
}

std::uint64_t held_back(const GatewayCounts& gateway) {
  std::uint64_t messages = 0;
  for (const auto& [rule, kept] : gateway.held_back) messages += kept;
  return messages;
}

void add_gateway(MetricPage& page, const GatewayCounts& gateway) {
  const std::pair<const char*, std::uint64_t> results[] = {{"sent", gateway.sent},
                                                           {"held_back", held_back(gateway)},
                                                           {"refused", gateway.refused},
                                                           {"lost", gateway.lost}};
  for (const auto& [result, messages] : results) {
    page.counter("gateway_messages_total",
                 "Messages that a gateway is done with, by what became "
                 "of them",
                 real(messages), {{"gateway", gateway.name}, {"result", result}});
  }
  const Labels labels{{"gateway", gateway.name}};
  page.counter("gateway_retries_total", "Messages that were tried again", real(gateway.retries),
               labels);
  page.gauge("gateway_waiting", "Messages that a gateway has not come to", real(gateway.waiting),
             labels);
  page.gauge("gateway_failing", "Whether the last try failed", gateway.fault.empty() ? 0.0 : 1.0,
             labels);
}

void add_page(MetricPage& page, const PageCounts& counts) {
  page.gauge("http_streams", "Pages that are kept up to date", real(counts.streams));
  page.counter("http_streams_dropped_total", "Pages that did not take what they were sent",
               real(counts.streams_dropped));
  page.counter("http_streams_refused_total", "Pages beyond the most that are kept up to date",
               real(counts.streams_refused));
}

}  // namespace

std::string metrics_text(const ProcessReport& report) {
  MetricPage page;
  page.gauge("up_info", "Always 1; which program, and which networks", 1.0,
             {{"version", std::string{version}},
              {"commit", std::string{commit}},
              {"model", report.models}});
  RunTotals totals = report.runs.before;
  if (report.runs.now) totals.add(*report.runs.now);
  add_run(page, report.runs.now, report.rate);
  add_totals(page, totals);
  add_events(page, report.events);
  if (report.topic) add_topic(page, *report.topic);
  for (const GatewayCounts& gateway : report.gateways) add_gateway(page, gateway);
  for (const StageHealth& stage : report.stages) {
    page.gauge("watchdog_last_progress_seconds",
               "How long a stage has held work and finished no step; 0 while it waits",
               std::chrono::duration<double>{stage.without_step}.count(), {{"stage", stage.name}});
  }
  add_page(page, report.page);
  return page.text();
}

}  // namespace draftstream
