#include "app/overload_notice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <string>
#include <utility>

namespace draftstream {
namespace {

void log_overload(const std::string& beam, const OverloadState& state) {
  if (state.level == 0) {
    spdlog::info("{}back at real time, {:.1f} s behind", beam, state.lag.value());
  } else if (state.left_out.empty()) {
    spdlog::warn("{}{:.1f} s behind", beam, state.lag.value());
  } else {
    spdlog::warn("{}{:.1f} s behind, leaving out: {}", beam, state.lag.value(),
                 fmt::join(state.left_out, ", "));
  }
}

StatusReport report_of(BeamSearches beams, const BeamSearch& search, const OverloadState& state,
                       const Results& results) {
  StatusReport report;
  report.obs_id = results.obs_id(0);
  for (const auto& beam : beams) {
    const SearchCounts counts = beam->report().counts;
    report.candidates += counts.candidates;
    report.candidates_dropped += counts.candidates_dropped;
    report.ledger += counts.ledger;
  }
  report.overload = {search.observation().beam, state.level, state.left_out, state.lag.value()};
  return report;
}

}  // namespace

void shed_load(BeamSearches beams, const Settings& settings, bool networks, Results& results) {
  OverloadRule rule = settings.overload;
  if (!networks) std::erase(rule.steps, ShedStep::networks);
  for (const auto& beam : beams) {
    if (beam->source().reader() != ReaderKind::opportunistic) continue;
    const std::string name =
        beams.size() == 1 ? "" : fmt::format("beam {}: ", beam->observation().beam.value_or(0));
    beam->shed_by(rule, [beams, name, &search = *beam, &results](const OverloadState& state) {
      log_overload(name, state);
      if (results.topic() == nullptr) return;
      results.topic()->report(report_of(beams, search, state, results));
    });
  }
}

}  // namespace draftstream
