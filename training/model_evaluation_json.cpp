// An evaluation of networks as JSON.
#include <cmath>

#include <nlohmann/json.hpp>

#include "training/model_evaluation.hpp"

namespace draftstream {
namespace {

using Json = nlohmann::ordered_json;

// JSON has no infinity and no NaN: what is no number is null.
Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json json_fraction(const Fraction& fraction) {
  const Bounds bounds = fraction.bounds();
  return {{"passed", fraction.passed},
          {"of", fraction.of},
          {"value", number(fraction.value())},
          {"low", bounds.low},
          {"high", bounds.high}};
}

template <class Fractions>
Json json_fractions(const Fractions& fractions) {
  Json all = Json::array();
  for (const Fraction& one : fractions) all.push_back(json_fraction(one));
  return all;
}

Json json_false_alarms(std::size_t count, double tiles) {
  if (!(tiles > 0.0)) return nullptr;
  const Bounds bounds = rate_bounds(count, tiles);
  return {{"count", count},
          {"a_tile", static_cast<double>(count) / tiles},
          {"low", bounds.low},
          {"high", bounds.high}};
}

Json json_row(const RecallRow& row, const RecallTable& table) {
  return {{"by", name(row.by)},
          {"false_a_tile", row.false_rate},
          {"threshold", number(row.threshold)},
          {"false_alarms", json_false_alarms(row.false_alarms, table.tiles)},
          {"false_an_hour",
           table.hours > 0.0 ? Json(static_cast<double>(row.false_alarms) / table.hours) : Json()},
          {"recall", json_fractions(row.recall)}};
}

Json json_gain(const GainRow& row) {
  Json bins = Json::array();
  for (const Paired& paired : row.gain) {
    const Difference difference = paired.difference();
    bins.push_back({{"value", number(difference.value)}, {"error", number(difference.error)}});
  }
  return {{"false_a_tile", row.false_rate}, {"both_less_snr", bins}};
}

Json json_roc(const RocCurve& curve) {
  return {{"by", name(curve.by)},
          {"false_a_tile", curve.false_a_tile},
          {"recall", json_fractions(curve.recall)}};
}

Json json_table(const RecallTable& table) {
  Json rows = Json::array();
  for (const RecallRow& row : table.rows) rows.push_back(json_row(row, table));
  Json gains = Json::array();
  for (const GainRow& row : table.gains) gains.push_back(json_gain(row));
  Json curves = Json::array();
  for (const RocCurve& curve : table.roc) curves.push_back(json_roc(curve));
  return {{"name", table.name},
          {"scenes_with_bursts", table.scenes_with_bursts},
          {"scenes_without", table.scenes_without},
          {"tiles", table.tiles},
          {"hours", table.hours},
          {"found_by_search", json_fractions(table.found_by_search)},
          {"found", json_fractions(table.found)},
          {"rows", rows},
          {"gains", gains},
          {"roc_snr", {table.roc_snr_low, table.roc_snr_high}},
          {"roc", curves}};
}

Json json_slice(const Slice& slice) {
  Json rows = Json::array();
  for (std::size_t r = 0; r < false_rates.size(); ++r) {
    for (std::size_t j = 0; j < judges.size(); ++j) {
      rows.push_back({{"by", name(judges[j])},
                      {"false_a_tile", false_rates[r]},
                      {"recall", json_fraction(slice.recall[r][j])},
                      {"false_alarms", json_false_alarms(slice.false_alarms[r][j], slice.tiles)}});
    }
  }
  return {{"what", slice.what},
          {"name", slice.name},
          {"found", json_fraction(slice.found)},
          {"tiles", slice.tiles > 0.0 ? Json(slice.tiles) : Json(nullptr)},
          {"rows", rows}};
}

Json json_reliability(const Reliability& reliability) {
  Json bins = Json::array();
  for (std::size_t bin = 0; bin < Reliability::bins; ++bin) {
    bins.push_back({{"said", number(reliability.said[bin])},
                    {"bursts", json_fraction(reliability.bursts[bin])}});
  }
  return {{"by", name(reliability.by)}, {"error", number(reliability.error)}, {"bins", bins}};
}

Json json_network(const NetworkInfo& info) {
  return {{"name", info.name}, {"version", info.version}, {"sha256", info.sha256}};
}

}  // namespace

std::string to_json(const ModelEvaluation& evaluation, const ModelEvaluationRun& run) {
  Json edges = Json::array();
  for (const double edge : recall_edges) edges.push_back(edge);
  Json out{{"schema", "draftstream-model-evaluation/1.0.0"},
           {"detector", json_network(run.detector)},
           {"classifier", json_network(run.classifier)},
           {"scenes", run.options.scenes},
           {"seed", run.options.seed},
           {"threshold_snr", run.options.threshold},
           {"interference", run.options.interference},
           {"seconds", run.seconds},
           {"snr_edges", edges},
           {"slice_snr", slice_snr},
           {"tables", Json::array()},
           {"slices", Json::array()},
           {"reliability", Json::array()}};
  for (const RecallTable& table : evaluation.tables) out["tables"].push_back(json_table(table));
  for (const Slice& slice : evaluation.slices) out["slices"].push_back(json_slice(slice));
  for (const Reliability& one : evaluation.reliability) {
    out["reliability"].push_back(json_reliability(one));
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace draftstream
