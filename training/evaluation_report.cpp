// An evaluation as JSON and as text.
#include <cmath>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "training/evaluation.hpp"

namespace draftstream {
namespace {

using nlohmann::ordered_json;

// JSON has no infinity and no NaN: what is no number is null.
ordered_json number(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr);
}

ordered_json json_summary(const std::optional<ErrorSummary>& summary) {
  if (!summary) return nullptr;
  return {{"mean", number(summary->mean)},
          {"rms", number(summary->rms)},
          {"worst", number(summary->worst)}};
}

ordered_json json_pulse(const FoundPulse& pulse) {
  return {{"id", pulse.id},
          {"toa_s", number(pulse.toa.value())},
          {"dm_pc_cm3", number(pulse.dm.value())},
          {"snr", number(pulse.snr)},
          {"width_ms", number(1e3 * pulse.width.value())}};
}

ordered_json json_burst(const TrueBurst& truth) {
  return {{"toa_s", truth.boxcar_toa.value()},
          {"dm_pc_cm3", truth.burst.dm.value()},
          {"snr", truth.snr_inside()},
          {"width_ms", 1e3 * truth.burst.width.value()}};
}

ordered_json json_pulses(const std::vector<std::size_t>& indices,
                         std::span<const FoundPulse> found) {
  ordered_json list = ordered_json::array();
  for (const std::size_t i : indices) list.push_back(json_pulse(found[i]));
  return list;
}

std::string text_summary(std::string_view what, const std::optional<ErrorSummary>& summary) {
  if (!summary) return fmt::format("{:<24} {:>12} {:>12} {:>12}\n", what, "-", "-", "-");
  return fmt::format("{:<24} {:>12.4g} {:>12.4g} {:>12.4g}\n", what, summary->mean, summary->rms,
                     summary->worst);
}

}  // namespace

std::string to_json(const Evaluation& evaluation, std::span<const FoundPulse> found,
                    const Truth& truth) {
  ordered_json out{{"schema", "draftstream-evaluation/1.0.0"},
                   {"recording", truth.recording},
                   {"duration_s", truth.duration().value()},
                   {"bursts", truth.bursts.size()},
                   {"candidates", found.size()},
                   {"found", evaluation.matches.size()},
                   {"recall", ordered_json::array()},
                   {"false_alarms_per_hour", evaluation.false_alarms_per_hour},
                   {"dm_error_pc_cm3", json_summary(evaluation.dm_error)},
                   {"time_error_s", json_summary(evaluation.time_error_s)},
                   {"snr_ratio", json_summary(evaluation.snr_ratio)},
                   {"boxcar_snr_ratio", json_summary(evaluation.boxcar_snr_ratio)},
                   {"matches", ordered_json::array()},
                   {"missed", ordered_json::array()},
                   {"duplicates", json_pulses(evaluation.duplicates, found)},
                   {"false_alarms", json_pulses(evaluation.false_alarms, found)}};
  for (const RecallBin& bin : evaluation.recall) {
    out["recall"].push_back({{"snr_low", bin.low},
                             {"snr_high", number(bin.high)},
                             {"bursts", bin.bursts},
                             {"found", bin.found}});
  }
  for (const Match& match : evaluation.matches) {
    out["matches"].push_back({{"burst", json_burst(truth.bursts[match.burst])},
                              {"candidate", json_pulse(found[match.found])},
                              {"dm_error_pc_cm3", number(match.dm_error.value())},
                              {"time_error_s", number(match.time_error.value())},
                              {"snr_ratio", number(match.snr_ratio)},
                              {"boxcar_snr_ratio", number(match.boxcar_snr_ratio)}});
  }
  for (const std::size_t b : evaluation.missed) {
    out["missed"].push_back(json_burst(truth.bursts[b]));
  }
  return out.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

std::string to_text(const Evaluation& evaluation, std::span<const FoundPulse> found,
                    const Truth& truth) {
  std::string out =
      fmt::format("{:<16} {:>8} {:>8} {:>8}\n", "S/N (matched)", "bursts", "found", "recall");
  for (const RecallBin& bin : evaluation.recall) {
    if (bin.bursts == 0) continue;
    const std::string range = std::isfinite(bin.high) ? fmt::format("{} to {}", bin.low, bin.high)
                                                      : fmt::format("{} and up", bin.low);
    out += fmt::format("{:<16} {:>8} {:>8} {:>8.3f}\n", range, bin.bursts, bin.found,
                       static_cast<double>(bin.found) / static_cast<double>(bin.bursts));
  }
  out += fmt::format("{:<16} {:>8} {:>8}\n", "all", truth.bursts.size(), evaluation.matches.size());

  out += fmt::format(
      "\n{} candidates: {} bursts, {} duplicates, {} false alarms ({:.3g} per hour of {:.6g} s)\n",
      found.size(), evaluation.matches.size(), evaluation.duplicates.size(),
      evaluation.false_alarms.size(), evaluation.false_alarms_per_hour, truth.duration().value());

  out += fmt::format("\n{:<24} {:>12} {:>12} {:>12}\n", "found - true", "mean", "rms", "worst");
  out += text_summary("DM [pc cm^-3]", evaluation.dm_error);
  out += text_summary("time [s]", evaluation.time_error_s);
  out += text_summary("S/N / matched filter", evaluation.snr_ratio);
  out += text_summary("S/N / best boxcar", evaluation.boxcar_snr_ratio);

  if (!evaluation.missed.empty()) {
    out += fmt::format("\n{:<12} {:>12} {:>10} {:>8} {:>10}\n", "missed", "toa [s]", "DM", "S/N",
                       "width [ms]");
    for (const std::size_t b : evaluation.missed) {
      const TrueBurst& burst = truth.bursts[b];
      out +=
          fmt::format("{:<12} {:>12.6f} {:>10.3f} {:>8.2f} {:>10.3f}\n", fmt::format("burst {}", b),
                      burst.boxcar_toa.value(), burst.burst.dm.value(), burst.snr_inside(),
                      1e3 * burst.burst.width.value());
    }
  }
  return out;
}

}  // namespace draftstream
