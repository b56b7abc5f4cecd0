// How good two networks are: recall at a rate of false alarms, and whether probabilities come true.
#pragma once

#include <array>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "engine/infer/network.hpp"
#include "training/judged_scene.hpp"
#include "training/recall.hpp"

namespace draftstream {

/// Others that may pass, of each tile (tiles_in), where thresholds are set.
inline constexpr std::array false_rates{0.01, 0.001};
/// Bursts of this S/N and more are told apart by what they are.
inline constexpr double slice_snr = 7.0;

/// By bin of recall_edges.
using RecallBins = std::array<Fraction, std::size(recall_edges)>;

/// Recall at a threshold.
struct RecallRow {
  JudgedBy by = JudgedBy::snr;
  double false_rate = 0.0;
  double threshold = 0.0;
  std::size_t false_alarms = 0;  ///< Others that pass it.
  RecallBins recall{};
};

/// Recall of both networks less that of the matched filter, at the same rate of false alarms.
struct GainRow {
  double false_rate = 0.0;
  std::array<Paired, std::size(recall_edges)> gain{};
};

/// Recall of bursts in a range of S/N against the rate of false alarms.
struct RocCurve {
  JudgedBy by = JudgedBy::snr;
  std::vector<double> false_a_tile;  ///< Rising.
  std::vector<Fraction> recall;
};

/// Of some of the scenes, with thresholds from those of them that have no bursts.
struct RecallTable {
  std::string name;                    ///< "all", "without_mimics", "clean".
  std::size_t scenes_with_bursts = 0;  ///< Where recall is from.
  std::size_t scenes_without = 0;      ///< Where false alarms are from,
  double tiles = 0.0;                  ///< in as many tiles
  double hours = 0.0;                  ///< and hours.
  RecallBins found_by_search{};        ///< No threshold can do better by S/N,
  RecallBins found{};                  ///< or with networks.
  std::vector<RecallRow> rows;         ///< By false_rates, then judges.
  std::vector<GainRow> gains;          ///< By false_rates.
  double roc_snr_low = 8.0;
  double roc_snr_high = 15.0;
  std::vector<RocCurve> roc;  ///< By judges.
};

/// Some of the bursts of slice_snr and more, and some of the scenes without bursts, at the
/// thresholds of the table of all scenes.
struct Slice {
  std::string what;  ///< "width", "sweep", "band", "bits", "zero_dm", "interference".
  std::string name;
  Fraction found;  ///< By search or networks.
  std::array<std::array<Fraction, judges.size()>, false_rates.size()> recall{};
  double tiles = 0.0;  ///< Of scenes without bursts; 0 where bursts are told apart, not scenes.
  std::array<std::array<std::size_t, judges.size()>, false_rates.size()> false_alarms{};
};

/// Candidates by what is said of them: in ten equal bins of 0 to 1.
struct Reliability {
  static constexpr std::size_t bins = 10;
  JudgedBy by = JudgedBy::both;
  std::array<double, bins> said{};      ///< Mean; NaN of none.
  std::array<Fraction, bins> bursts{};  ///< Of those candidates.
  double error = 0.0;                   ///< |said - bursts|, weighted by how many.
};

struct ModelEvaluation {
  std::vector<RecallTable> tables;
  std::vector<Slice> slices;
  std::vector<Reliability> reliability;  ///< Of detector, classifier and both.
};

/// Tables of all scenes, of those without chirps and perytons, which look much like bursts, and of
/// those without any interference but dead channels.
[[nodiscard]] ModelEvaluation evaluate_model(std::span<const JudgedScene> scenes);

/// What was evaluated, for reports.
struct ModelEvaluationRun {
  ModelEvaluationOptions options;
  NetworkInfo detector;
  NetworkInfo classifier;
  double seconds = 0.0;  ///< That judge_scenes took.
};

/// Without a line feed at its end; docs/interfaces/model_evaluation.md tells its fields.
[[nodiscard]] std::string to_json(const ModelEvaluation& evaluation, const ModelEvaluationRun& run);

/// For people. Ends in a line feed.
[[nodiscard]] std::string to_text(const ModelEvaluation& evaluation, const ModelEvaluationRun& run);

}  // namespace draftstream
