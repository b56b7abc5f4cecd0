#include "publishers/run_tallies.hpp"

#include "publishers/json_fields.hpp"

namespace draftstream {

nlohmann::ordered_json tally_json(const std::optional<PlotSummary>& plots) {
  if (!plots) return nullptr;
  return {{"made", plots->made},         {"skipped", plots->skipped},
          {"failed", plots->failed},     {"left_out", plots->left_out},
          {"pictures", plots->pictures}, {"after_search_s", plots->after_search_s}};
}

nlohmann::ordered_json tally_json(const std::optional<DumpSummary>& dumps) {
  if (!dumps) return nullptr;
  return {{"complete", dumps->complete},
          {"truncated", dumps->truncated},
          {"missed", dumps->missed},
          {"failed", dumps->failed},
          {"bytes", dumps->bytes}};
}

nlohmann::ordered_json tally_json(const std::optional<InjectionSummary>& injections) {
  if (!injections) return nullptr;
  return {{"made", injections->made},
          {"found", injections->found},
          {"missed", injections->missed},
          {"left_out", injections->left_out},
          {"last", injections->last},
          {"recall", or_null(injections->recall)},
          {"snr_ratio", or_null(injections->snr_ratio)}};
}

nlohmann::ordered_json tally_json(const std::optional<PromptAlertSummary>& alerts) {
  if (!alerts) return nullptr;
  return {{"told", alerts->told},
          {"revised", alerts->revised},
          {"confirmed", alerts->confirmed},
          {"retracted", alerts->retracted},
          {"left_out", alerts->left_out},
          {"peaks_dropped", alerts->peaks_dropped},
          {"steps_passed", alerts->steps_passed}};
}

}  // namespace draftstream
