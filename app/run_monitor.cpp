#include "app/run_monitor.hpp"

#include <algorithm>

#include "ingest/errors.hpp"

namespace draftstream {

double RunReport::lag_s() const {
  double longest = 0.0;
  for (const BeamReport& beam : beams) longest = std::max(longest, beam.lag_s);
  return longest;
}

std::optional<OverloadState> RunReport::overload() const {
  std::optional<OverloadState> worst;
  for (const BeamReport& beam : beams) {
    if (beam.overload && (!worst || beam.overload->level > worst->level)) worst = beam.overload;
  }
  return worst;
}

std::uint64_t lost_samples(const Ledger& ledger) {
  return ledger[Fate::missing] + ledger[Fate::late] + ledger[Fate::invalid] + ledger[Fate::overrun];
}

RunMonitor::Shown RunMonitor::show(Run run) {
  const std::lock_guard lock{mutex_};
  run_ = std::move(run);
  return Shown{this};
}

void RunMonitor::hide() {
  const std::lock_guard lock{mutex_};
  if (run_) ended_.add(run_->report());
  run_.reset();
}

RunsReport RunMonitor::reports() const {
  const std::lock_guard lock{mutex_};
  return {run_ ? std::optional{run_->report()} : std::nullopt, ended_};
}

std::optional<WaterfallPicture> RunMonitor::waterfall() const {
  const std::lock_guard lock{mutex_};
  if (!run_) return std::nullopt;
  return run_->waterfall();
}

std::optional<RunReport> RunMonitor::report() const {
  const std::lock_guard lock{mutex_};
  if (!run_) return std::nullopt;
  return run_->report();
}

void RunMonitor::order(const std::function<void(RunOrders&)>& give) {
  const std::lock_guard lock{mutex_};
  if (!run_) throw TryAgain("found no observation, expected one that is searched");
  give(*run_->orders);
}

void RunMonitor::abandon() {
  const std::lock_guard lock{mutex_};
  if (run_) run_->abandon();
}

}  // namespace draftstream
