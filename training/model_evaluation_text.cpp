// An evaluation of networks as text.
#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "training/model_evaluation.hpp"

namespace draftstream {
namespace {

constexpr std::array judge_names{"S/N", "detector", "classifier", "both"};

std::string_view label(JudgedBy judge) {
  return judge_names[static_cast<std::size_t>(judge)];
}

std::string_view title(const RecallTable& table) {
  if (table.name == "without_mimics") return "Without chirps and perytons";
  if (table.name == "clean") return "No interference but dead channels";
  return "All scenes";
}

// "0.87+-.02"; "-" of none.
std::string with_error(double value, double error) {
  if (std::isnan(value)) return "-";
  return fmt::format("{:.2f}+-{}", value, fmt::format("{:.2f}", error).substr(1));
}

std::string short_recall(const Fraction& fraction) {
  return with_error(fraction.value(), fraction.error());
}

std::string snr_names() {
  std::string names;
  for (std::size_t i = 0; i < std::size(recall_edges); ++i) {
    names +=
        fmt::format(" {:>9}", i + 1 < std::size(recall_edges)
                                  ? fmt::format("{:g}-{:g}", recall_edges[i], recall_edges[i + 1])
                                  : fmt::format("{:g}-", recall_edges[i]));
  }
  return names;
}

std::string recalls(const RecallBins& bins) {
  std::string text;
  for (const Fraction& bin : bins) text += fmt::format(" {:>9}", short_recall(bin));
  return text;
}

std::string table_text(const RecallTable& table) {
  std::string text = fmt::format(
      "{}: {} scenes with bursts, {} without, which are {:.0f} tiles and {:.2f} h\n", title(table),
      table.scenes_with_bursts, table.scenes_without, table.tiles, table.hours);
  text += fmt::format("{:<7} {:<15} {:>9} {:>7}{}\n", "false", "", "from on", "false", snr_names());
  text += fmt::format("{:<7} {:<15} {:>9} {:>7}", "a tile", "bursts", "score", "an hour");
  for (const Fraction& bin : table.found) text += fmt::format(" {:>9}", bin.of);
  text += fmt::format("\n{:<7} {:<15} {:>9} {:>7}{}\n", "", "found by search", "", "",
                      recalls(table.found_by_search));
  text +=
      fmt::format("{:<7} {:<15} {:>9} {:>7}{}\n", "", "and networks", "", "", recalls(table.found));
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const RecallRow& row = table.rows[i];
    const std::string threshold =
        std::isfinite(row.threshold) ? fmt::format("{:.4g}", row.threshold) : "-";
    text += fmt::format(
        "{:<7g} {:<15} {:>9} {:>7.1f}{}\n", row.false_rate, label(row.by), threshold,
        static_cast<double>(row.false_alarms) / std::max(table.hours, 1e-9), recalls(row.recall));
    if (i % judges.size() + 1 < judges.size()) continue;
    text += fmt::format("{:<7g} {:<15} {:>9} {:>7}", row.false_rate, "both - S/N", "", "");
    for (const Paired& paired : table.gains[i / judges.size()].gain) {
      const Difference gain = paired.difference();
      text += fmt::format(" {:>9}", with_error(gain.value, gain.error));
    }
    text += "\n";
  }
  return text + "\n";
}

std::string slices_text(const ModelEvaluation& evaluation) {
  std::string text = fmt::format(
      "Bursts of S/N {:g} and more, at the thresholds of all scenes, by what they are\n{:<36}"
      " {:>6} {:>9}",
      slice_snr, "", "bursts", "found");
  for (const double rate : false_rates) {
    for (const JudgedBy judge : judges) {
      text += fmt::format(" {:>10}", judge == JudgedBy::snr ? fmt::format("S/N {:g}", rate)
                                                            : std::string{label(judge)});
    }
  }
  text += "\n";
  for (const Slice& slice : evaluation.slices) {
    text += fmt::format("{:<13} {:<22} {:>6} {:>9}", slice.what, slice.name, slice.found.of,
                        short_recall(slice.found));
    for (const auto& row : slice.recall) {
      for (const Fraction& recall : row) text += fmt::format(" {:>10}", short_recall(recall));
    }
    text += "\n";
  }
  text += fmt::format("\nFalse alarms a tile at the same thresholds, by scene\n{:<36} {:>6}", "",
                      "tiles");
  for (const double rate : false_rates) {
    for (const JudgedBy judge : judges) {
      text += fmt::format(" {:>10}", judge == JudgedBy::snr ? fmt::format("S/N {:g}", rate)
                                                            : std::string{label(judge)});
    }
  }
  text += "\n";
  for (const Slice& slice : evaluation.slices) {
    if (!(slice.tiles > 0.0)) continue;
    text += fmt::format("{:<13} {:<22} {:>6.0f}", slice.what, slice.name, slice.tiles);
    for (const auto& row : slice.false_alarms) {
      for (const std::size_t count : row) {
        text += fmt::format(" {:>10.2g}", static_cast<double>(count) / slice.tiles);
      }
    }
    text += "\n";
  }
  return text + "\n";
}

std::string reliability_text(const ModelEvaluation& evaluation) {
  std::string text = "What is said of candidates, and how many of those are bursts\n";
  for (const Reliability& one : evaluation.reliability) {
    text += fmt::format("{:<11} off by {:.3f} in the mean\n  said  ", label(one.by), one.error);
    for (const double said : one.said) {
      text += fmt::format(" {:>9}", std::isnan(said) ? "-" : fmt::format("{:.2f}", said));
    }
    text += "\n  bursts";
    for (const Fraction& bursts : one.bursts) text += fmt::format(" {:>9}", short_recall(bursts));
    text += "\n";
  }
  return text + "\n";
}

}  // namespace

std::string to_text(const ModelEvaluation& evaluation, const ModelEvaluationRun& run) {
  std::string text = fmt::format(
      "Detector {} {}, classifier {} {}; {} scenes of seed {}, candidates from S/N {:g} on\n"
      "Recall by S/N of the best boxcar; +- is half of Wilson's interval of one standard error\n\n",
      run.detector.name, run.detector.version, run.classifier.name, run.classifier.version,
      run.options.scenes, run.options.seed, run.options.threshold);
  for (const RecallTable& table : evaluation.tables) text += table_text(table);
  text += slices_text(evaluation) + reliability_text(evaluation);
  return text + fmt::format("{:.1f} s, {:.0f} ms a scene\n", run.seconds,
                            1e3 * run.seconds / static_cast<double>(run.options.scenes));
}

}  // namespace draftstream
