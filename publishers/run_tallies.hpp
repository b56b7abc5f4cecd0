// What became of the things that a run does besides searching: counted, and as JSON.
#pragma once

#include <cstdint>
#include <optional>

#include <nlohmann/json_fwd.hpp>

namespace draftstream {

/// What became of the dumps that events asked for.
struct DumpSummary {
  std::uint64_t complete = 0;
  std::uint64_t truncated = 0;
  std::uint64_t missed = 0;
  std::uint64_t failed = 0;
  std::uint64_t bytes = 0;  ///< Of all files.
};

/// What became of the plots: of slices, each with several pictures, and of the overview.
struct PlotSummary {
  std::uint64_t made = 0;
  std::uint64_t skipped = 0;    ///< Too many were waiting, or their samples were gone.
  std::uint64_t failed = 0;     ///< Could not be drawn.
  std::uint64_t left_out = 0;   ///< Beyond what is drawn of a block.
  std::uint64_t pictures = 0;   ///< Files that were made.
  double after_search_s = 0.0;  ///< Drawn so long once the search had ended.
};

/// What was found of the bursts that were put into the stream.
struct InjectionSummary {
  std::uint64_t made = 0;
  std::uint64_t found = 0;
  std::uint64_t missed = 0;
  std::uint64_t left_out = 0;       ///< Were to be, but there was too little noise to measure.
  std::uint64_t last = 0;           ///< That the figures below are of: the last 100 at most.
  std::optional<double> recall;     ///< Part of these that was found.
  std::optional<double> snr_ratio;  ///< Median of found S/N over that of a noiseless boxcar.
};

/// What became of alerts of the prompt search: told = confirmed + retracted + those still open.
struct PromptAlertSummary {
  std::uint64_t told = 0;
  std::uint64_t revised = 0;    ///< Told again, as they were seen brighter.
  std::uint64_t confirmed = 0;  ///< The full search found them.
  std::uint64_t retracted = 0;
  std::uint64_t left_out = 0;       ///< Not told, as too many were open.
  std::uint64_t peaks_dropped = 0;  ///< Not looked at, being fainter than others at once.
  std::uint64_t steps_passed = 0;   ///< Not searched, as the search was behind.
};

/// As objects of `summary.json` and of the control socket's `status`, or null where none were to
/// be; docs/interfaces/files.md describes their fields.
[[nodiscard]] nlohmann::ordered_json tally_json(const std::optional<DumpSummary>& dumps);
[[nodiscard]] nlohmann::ordered_json tally_json(const std::optional<PlotSummary>& plots);
[[nodiscard]] nlohmann::ordered_json tally_json(const std::optional<InjectionSummary>& injections);
[[nodiscard]] nlohmann::ordered_json tally_json(const std::optional<PromptAlertSummary>& alerts);

}  // namespace draftstream
