#include "app/run_extras.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

// DMs are those that are searched.
std::unique_ptr<Injections> make_injections(BeamSearches beams, const Settings& settings) {
  if (!settings.injection.every && settings.control.empty()) return nullptr;
  InjectionRule rule = settings.injection;
  rule.dm_min = std::max(rule.dm_min, settings.search.dm_min);
  rule.dm_max = settings.search.dm_max;
  std::vector<const Observation*> observations;
  for (const auto& beam : beams) observations.push_back(&beam->observation());
  auto injections = std::make_unique<Injections>(observations, rule);
  for (std::size_t i = 0; i < beams.size(); ++i) {
    beams[i]->change_by(
        [all = injections.get(), i](const FilterbankChunk& chunk) { return all->add(i, chunk); });
  }
  return injections;
}

std::unique_ptr<PromptAlerts> make_alerts(BeamSearches beams, const SearchConfig& config,
                                          Results& results, const Injections* injections) {
  const std::vector<SearchedBeam> searched = searched_beams(beams, config);
  std::vector<PromptAlerts::Beam> all;
  for (std::size_t i = 0; i < beams.size(); ++i) {
    all.push_back({results.context(i), searched[i]});
  }
  auto alerts = std::make_unique<PromptAlerts>(
      std::move(all), injections, [&results](Event& event) { results.tell_alert(event); });
  bool some = false;
  for (std::size_t i = 0; i < beams.size(); ++i) {
    const PromptSink sink = [one = alerts.get(), i](const PromptAlert& alert) {
      one->take(i, alert);
    };
    try {
      beams[i]->alert_by(sink);
      some = true;
    } catch (const ConfigError& error) {
      spdlog::info("no prompt alerts: {}", error.what());
    }
  }
  return some ? std::move(alerts) : nullptr;
}

std::unique_ptr<TriggerDumps> make_dumps(BeamSearches beams, const Settings& settings,
                                         const OutputFolder& folder, Results& results) {
  if (!settings.dumps.above_snr && settings.control.empty()) return nullptr;
  std::vector<DumpedBeam> dumped;
  for (std::size_t i = 0; i < beams.size(); ++i) {
    BeamSearch& beam = *beams[i];
    dumped.push_back({&beam.ring(), &beam.observation(), beam.search().block_samples(),
                      beam.history(), beam.source().reader(), results.obs_id(i)});
  }
  TriggerDumps::Told told;
  told.event = [&results](Event event) { results.update(std::move(event)); };
  told.requested = [&results, beams](const RequestedDump& dump) {
    StatusReport report = running_report(beams, results);
    report.products = {dump.product};
    results.report(report);
  };
  return std::make_unique<TriggerDumps>(folder.dumps(), std::move(dumped), settings.dumps,
                                        std::move(told));
}

std::unique_ptr<Plots> make_plots(BeamSearches beams, const Settings& settings,
                                  const OutputFolder& folder, const Results& results) {
  if (settings.plots.choice == PlotChoice::none) return nullptr;
  std::vector<std::string> obs_ids;
  for (std::size_t i = 0; i < beams.size(); ++i) obs_ids.push_back(results.obs_id(i));
  const AxisRange range{settings.search.dm_min.value(), settings.search.dm_max.value()};
  return std::make_unique<Plots>(folder, beams, obs_ids, settings.plots, range,
                                 settings.log_chunks);
}

}  // namespace

RunExtras::RunExtras(BeamSearches beams, const Settings& settings, const OutputFolder& folder,
                     Results& results, bool alerts)
    : beams_{beams},
      settings_{settings},
      injections_{make_injections(beams, settings)},
      alerts_{alerts ? make_alerts(beams, settings.search, results, injections_.get()) : nullptr},
      dumps_{make_dumps(beams, settings, folder, results)},
      plots_{make_plots(beams, settings, folder, results)},
      orders_{beams, settings.search, dumps_.get(), injections_.get()} {
  results.tell_injections_of(injections_.get());
  results.confirm_alerts_of(alerts_.get());
  results.dump_by(dumps_.get());
  results.plot_by(plots_.get());
}

void RunExtras::searched(std::size_t beam, Seconds settled) {
  const BeamSearch& search = *beams_[beam];
  if (dumps_) dumps_->searched(beam, search.samples_taken());
  if (injections_) injections_->settled(beam, search.search().samples_settled());
  if (plots_) plots_->searched(beam, settled_sample(beam, settled));
  if (!alerts_) return;
  alerts_->settled(settled);
  if (alerts_->error() == nullptr) return;
  for (const auto& one : beams_) one->stop();
}

// No candidate before it is still to come: of this beam's search, nor of the others it waits for.
std::uint64_t RunExtras::settled_sample(std::size_t beam, Seconds settled) const {
  const BeamSearch& search = *beams_[beam];
  const double since =
      (settled - time_of(search, beams_, 0)) / search.observation().time.sample_time;
  const std::uint64_t own = search.search().samples_settled();
  if (!(since > 0.0)) return 0;
  return since < static_cast<double>(own) ? static_cast<std::uint64_t>(since) : own;
}

// What was told, and what the prompt searches left out.
PromptAlertSummary RunExtras::alert_summary() const {
  PromptAlertSummary summary = alerts_->summary();
  for (const auto& beam : beams_) {
    const PromptCounts counts = beam->report().alerts;
    summary.peaks_dropped += counts.peaks_dropped;
    summary.steps_passed += counts.steps_passed;
  }
  return summary;
}

void RunExtras::report_to(RunReport& report) const {
  if (injections_) report.injections = injections_->summary();
  if (alerts_) report.alerts = alert_summary();
  if (plots_) report.plots = plots_->summary();
  if (!dumps_) return;
  report.dumps = dumps_->summary();
  report.requested_dumps = dumps_->requested();
}

std::exception_ptr RunExtras::finish(RunSummary& summary, bool handed_out) {
  if (injections_) {
    for (std::size_t i = 0; i < beams_.size(); ++i) {
      injections_->ended(i, beams_[i]->samples_taken());
    }
    const InjectionSummary made = injections_->summary();
    if (settings_.injection.every || made.made + made.left_out > 0) summary.injections = made;
  }
  std::exception_ptr untold;
  if (alerts_) {
    for (std::size_t i = 0; i < beams_.size(); ++i) {
      alerts_->ended(i, handed_out && beams_[i]->finished());
    }
    summary.alerts = alert_summary();
    untold = alerts_->error();
  }
  if (!dumps_) return untold;
  const std::exception_ptr undumped = dumps_->finish();  // the rings are finished: it does not wait
  if (untold == nullptr) untold = undumped;
  if (settings_.dumps.above_snr || !dumps_->requested().empty()) summary.dumps = dumps_->summary();
  return untold;
}

void RunExtras::finish_plots(RunSummary& summary, const std::function<bool()>& give_up) {
  if (!plots_) return;
  plots_->finish(give_up);
  summary.plots = plots_->summary();
}

}  // namespace draftstream
