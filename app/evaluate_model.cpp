#include "app/evaluate_model.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "app/exit_status.hpp"
#include "app/log.hpp"
#include "publishers/append_file.hpp"
#include "publishers/plots/line_chart.hpp"

namespace draftstream {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds between_lines{10};

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::string label(JudgedBy judge) {
  return judge == JudgedBy::snr ? "S/N" : std::string{name(judge)};
}

void add_fraction(double x, const Fraction& fraction, LineSeries& series) {
  const Bounds bounds = fraction.bounds();
  series.x.push_back(x);
  series.y.push_back(fraction.value());
  series.low.push_back(bounds.low);
  series.high.push_back(bounds.high);
}

LineChart roc_chart(const RecallTable& table) {
  const char* of = table.name == "clean"            ? "without interference"
                   : table.name == "without_mimics" ? "without chirps and perytons"
                                                    : "of all kinds";
  LineChart chart;
  chart.title = fmt::format("Bursts of S/N {:g} to {:g} in scenes {}", table.roc_snr_low,
                            table.roc_snr_high, of);
  chart.x_axis = "false alarms a tile";
  chart.y_axis = "recall";
  chart.logarithmic = true;
  for (const RocCurve& curve : table.roc) {
    LineSeries series;
    series.name = label(curve.by);
    series.colour = static_cast<std::size_t>(curve.by);
    for (std::size_t i = 0; i < curve.recall.size(); ++i) {
      add_fraction(curve.false_a_tile[i], curve.recall[i], series);
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

LineChart calibration_chart(const ModelEvaluation& evaluation) {
  LineChart chart;
  chart.title = "What is said of candidates, and how many of those are bursts";
  chart.x_axis = "score or probability, mean of a bin";
  chart.y_axis = "part that are bursts";
  chart.series.push_back({"as it should be", {0.0, 1.0}, {0.0, 1.0}, {}, {}, 0, true});
  for (const Reliability& one : evaluation.reliability) {
    LineSeries series;
    series.name = label(one.by);
    series.colour = static_cast<std::size_t>(one.by);
    for (std::size_t bin = 0; bin < Reliability::bins; ++bin) {
      if (one.bursts[bin].of > 0) add_fraction(one.said[bin], one.bursts[bin], series);
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

}  // namespace

void draw_model_evaluation(const ModelEvaluation& evaluation, const std::filesystem::path& folder) {
  for (const RecallTable& table : evaluation.tables) {
    const std::string file = table.name == "all" ? "roc.png" : "roc_" + table.name + ".png";
    draw_lines(folder / file, roc_chart(table));
  }
  draw_lines(folder / "calibration.png", calibration_chart(evaluation));
}

int evaluate_model(const EvaluateModelRequest& request) {
  start_log(false);
  const auto networks = std::make_shared<Networks>(
      Networks{load_network(request.detector, NetworkKind::detector),
               load_network(request.classifier, NetworkKind::classifier)});
  if (!request.output.empty()) std::filesystem::create_directories(request.output);
  ModelEvaluationRun run{request.options, networks->detector.info, networks->classifier.info, 0.0};
  const Clock::time_point begin = Clock::now();
  Clock::time_point told = begin;
  const auto scenes = judge_scenes(networks, request.options, [&](std::size_t done) {
    if (Clock::now() - told < between_lines) return;
    told = Clock::now();
    spdlog::info("{} of {} scenes in {:.0f} s", done, request.options.scenes, seconds_since(begin));
  });
  run.seconds = seconds_since(begin);
  const ModelEvaluation evaluation = evaluate_model(scenes);
  const std::string text = to_text(evaluation, run);
  const std::string json = to_json(evaluation, run) + "\n";
  if (!request.output.empty()) {
    write_atomically(request.output / "model_evaluation.json", json);
    write_atomically(request.output / "model_evaluation.txt", text);
    draw_model_evaluation(evaluation, request.output);
  }
  fmt::print("{}", request.json ? json : text);
  return number(ExitStatus::done);
}

}  // namespace draftstream
