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
      StatusReport report = running_report(beams, results);
      report.overload = {search.observation().beam, state.level, state.left_out, state.lag.value()};
      results.report(report);
    });
  }
}

}  // namespace draftstream
