#include "training/networks/train.hpp"

#include <torch/script.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/infer/network.hpp"
#include "engine/infer/torch_weights.hpp"
#include "ingest/errors.hpp"
#include "training/networks/examples.hpp"
#include "training/networks/fit.hpp"
#include "training/networks/logistic.hpp"
#include "training/networks/model_card.hpp"
#include "training/networks/scoring.hpp"

namespace draftstream {
namespace {

using Json = nlohmann::ordered_json;

constexpr double false_rates[] = {0.01, 0.001};  // a tile
constexpr double least_threshold = 0.5;          // less likely a burst than not is none

struct Scripted {
  torch::jit::Module module;
  Json metadata;
};

Scripted load(const std::filesystem::path& file, NetworkKind kind) {
  if (!std::filesystem::exists(file)) {
    throw MissingInput(fmt::format("{}: is not there; expected a scripted network", file.string()));
  }
  try {
    torch::jit::ExtraFilesMap extra{{"meta.json", ""}, {"meta.sha256", ""}};
    Scripted scripted{torch::jit::load(file.string(), torch::kCPU, extra), {}};
    (void)read_metadata(extra["meta.json"], extra["meta.sha256"], kind);
    scripted.metadata = Json::parse(extra["meta.json"]);
    return scripted;
  } catch (const InputError& error) {
    throw error.in_file(file.string());
  } catch (const c10::Error&) {  // says where in LibTorch, not what is wrong with the file
    throw InputError{file.string(), "no network in TorchScript", "one"};
  }
}

std::unique_ptr<Objective> objective(NetworkKind kind, const TrainingRows& rows, ExampleUse use) {
  if (kind == NetworkKind::detector) return std::make_unique<DetectorExamples>(rows, use);
  return std::make_unique<ClassifierExamples>(rows, use);
}

double empty_tiles(const TrainingRows& rows, ExampleUse use) {
  double tiles = 0.0;
  for (const TrainingRows::EmptyScene& scene : rows.empty_scenes) {
    if (use_of(scene.seed) == use) tiles += scene.tiles;
  }
  return tiles;
}

// Infinity, as thresholds of nothing are, is no JSON.
Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

// Nothing without scenes that false alarms could be counted in.
Json recall_json(std::span<const Ranked> ranked, double tiles) {
  Json all = Json::array();
  if (tiles <= 0.0) return all;
  for (const double rate : false_rates) {
    const RecallAt recall = recall_at(rate, ranked, tiles);
    Json bins = Json::array();
    for (const double bin : recall.recall) bins.push_back(number(bin));
    all.push_back(
        {{"false_a_tile", rate}, {"threshold", number(recall.threshold)}, {"recall", bins}});
  }
  return all;
}

// The logistic function of one logit or of both: the sum of them as it is, if the sample does not
// show that higher ones mean bursts.
Logistic weigh(std::span<const Scored> scored, bool with_detector, bool with_classifier,
               double& error) {
  LabelledFeatures sample;
  sample.features = (with_detector ? 1 : 0) + (with_classifier ? 1 : 0);
  for (const Scored& one : scored) {
    if (with_detector) sample.values.push_back(one.detector);
    if (with_classifier) sample.values.push_back(one.classifier);
    sample.bursts.push_back(one.burst ? 1 : 0);
  }
  Logistic logistic = fit_logistic(sample);
  if (*std::min_element(logistic.weights.begin(), logistic.weights.end()) <= 0.0) {
    logistic = {std::vector<double>(sample.features, 1.0), 0.0};
  }
  error = calibration_error(logistic, sample);
  return logistic;
}

template <class Score>
std::vector<Ranked> rank(std::span<const Scored> scored, Score score) {
  std::vector<Ranked> ranked;
  for (const Scored& one : scored)
    ranked.push_back({score(one), one.snr, one.burst, one.false_alarm});
  return ranked;
}

// Calibration, thresholds and figures on scenes that training did not see.
void judge_detector(torch::jit::Module& detector, const TrainingRows& rows, Json& metadata) {
  const auto scored = score(rows, ExampleUse::validation, &detector, nullptr);
  const double tiles = empty_tiles(rows, ExampleUse::validation);
  double error = 0.0;
  const Logistic logistic = weigh(scored, true, false, error);
  metadata["calibration"] = {{"scale", logistic.weights[0]}, {"shift", logistic.shift}};
  const auto ranked = rank(scored, [](const Scored& one) { return one.detector; });
  const double find = recall_at(false_rates[0], ranked, tiles).threshold;
  const std::vector<double> logit{find};
  metadata["find_threshold"] = std::isfinite(find)
                                   ? std::max(least_threshold, logistic.probability(logit))
                                   : least_threshold;
  metadata["figures"] = {{"candidates", scored.size()},
                         {"tiles", tiles},
                         {"calibration_error", error},
                         {"snr_edges", recall_edges},
                         {"detector", recall_json(ranked, tiles)}};
}

void judge_classifier(torch::jit::Module& classifier, Scripted* detector, const TrainingRows& rows,
                      Json& metadata) {
  const auto scored = score(rows, ExampleUse::validation,
                            detector != nullptr ? &detector->module : nullptr, &classifier);
  const double tiles = empty_tiles(rows, ExampleUse::validation);
  double error = 0.0;
  const Logistic own = weigh(scored, false, true, error);
  metadata["calibration"] = {{"scale", own.weights[0]}, {"shift", own.shift}};
  const auto by_snr = rank(scored, [](const Scored& one) { return one.snr; });
  const auto by_own = rank(scored, [](const Scored& one) { return one.classifier; });
  Json figures{{"candidates", scored.size()},
               {"tiles", tiles},
               {"calibration_error", error},
               {"snr_edges", recall_edges},
               {"snr_alone", recall_json(by_snr, tiles)},
               {"classifier", recall_json(by_own, tiles)}};
  if (detector == nullptr) {
    metadata["fusion"] = {{"detector", 0.0}, {"classifier", 1.0}, {"shift", 0.0}};
  } else {
    // Weights of calibrated logits, which is what a search has.
    const double d1 = detector->metadata["calibration"]["scale"];
    const double d0 = detector->metadata["calibration"]["shift"];
    const Logistic both = weigh(scored, true, true, error);
    const double detector_weight = both.weights[0] / d1;
    const double classifier_weight = both.weights[1] / own.weights[0];
    metadata["fusion"] = {
        {"detector", detector_weight},
        {"classifier", classifier_weight},
        {"shift", both.shift - detector_weight * d0 - classifier_weight * own.shift}};
    const auto by_both = rank(scored, [&](const Scored& one) {
      return both.logit(std::vector{one.detector, one.classifier});
    });
    figures["fused_calibration_error"] = error;
    figures["fused"] = recall_json(by_both, tiles);
    const double threshold = recall_at(false_rates[0], by_both, tiles).threshold;
    metadata["threshold"] =
        std::isfinite(threshold)
            ? std::max(least_threshold, Logistic{{1.0}, 0.0}.probability(std::vector{threshold}))
            : least_threshold;
  }
  metadata["figures"] = figures;
}

// Calibration needs both kinds among the scenes for validation: better said before the training.
void check_enough(const TrainingRows& rows, const Objective& training, const Objective& validation,
                  const TrainRequest& request) {
  const std::size_t batch = request.fit.batch;
  if (training.examples() < batch || validation.examples() == 0) {
    throw InputError{request.examples.string(),
                     fmt::format("{} examples to train on and {} to validate with",
                                 training.examples(), validation.examples()),
                     fmt::format("at least a batch of {} and one: more scenes", batch)};
  }
  std::size_t bursts = 0;
  std::size_t others = 0;
  for (const TrainingRows::Patch& patch : rows.patches) {
    if (use_of(patch.seed) == ExampleUse::validation && patch.tile)
      ++(patch.burst ? bursts : others);
  }
  if (bursts == 0 || others == 0) {
    throw InputError{request.examples.string(),
                     fmt::format("{} bursts and {} other candidates in the scenes for validation",
                                 bursts, others),
                     "some of both: more scenes"};
  }
}

void write_whole(torch::jit::Module& module, const Json& metadata,
                 const std::filesystem::path& file) {
  const std::string text = metadata.dump(1);
  const torch::jit::ExtraFilesMap extra{{"meta.json", text}, {"meta.sha256", sha256_of(text)}};
  std::filesystem::path unfinished = file;
  unfinished += ".part";
  try {
    module.save(unfinished.string(), extra);
  } catch (const c10::Error&) {  // says where in LibTorch, not what is wrong with the file
    throw std::runtime_error(unfinished.string() + ": cannot be written");
  }
  std::filesystem::rename(unfinished, file);
}

}  // namespace

TrainResult train(const TrainRequest& request,
                  const std::function<void(const FitProgress&)>& report) {
  Scripted network = load(request.architecture, request.kind);
  std::unique_ptr<Scripted> detector;
  if (request.kind == NetworkKind::classifier && !request.detector.empty()) {
    detector = std::make_unique<Scripted>(load(request.detector, NetworkKind::detector));
    detector->module.eval();
  }
  const TrainingRows rows = read_training_rows(request.examples);
  const auto training = objective(request.kind, rows, ExampleUse::training);
  const auto validation = objective(request.kind, rows, ExampleUse::validation);
  check_enough(rows, *training, *validation, request);

  TrainResult result;
  result.training = training->examples();
  result.validation = validation->examples();
  double seconds = 0.0;
  result.epochs =
      fit(network.module, *training, *validation, request.fit, [&](const FitProgress& progress) {
        result.loss = progress.best;
        seconds += progress.seconds;
        if (report) report(progress);
      });

  Json& metadata = network.metadata;
  metadata["version"] = request.version;
  if (request.fit.epochs != 0 || metadata["training"].is_null()) {
    metadata["training"] = {{"examples", result.training},
                            {"validation_examples", result.validation},
                            {"recordings", rows.recordings},
                            {"epochs", result.epochs},
                            {"batch", request.fit.batch},
                            {"learning_rate", request.fit.learning_rate},
                            {"seed", request.fit.seed},
                            {"half_precision", request.fit.half},
                            {"seconds", seconds},
                            {"validation_loss", result.loss}};
  }
  if (request.kind == NetworkKind::detector) {
    judge_detector(network.module, rows, metadata);
  } else {
    judge_classifier(network.module, detector.get(), rows, metadata);
  }
  metadata["weights_sha256"] = weights_sha256(network.module);
  try {
    write_model_card(metadata.dump(), request.output);
  } catch (const Json::exception& error) {  // what it says of an earlier training is not ours
    throw InputError{request.architecture.string() + ": meta.json: training", error.what(),
                     "what a training of this version says, or null"};
  }
  write_whole(network.module, metadata, request.output);  // last: where it is, all is done
  result.metadata = metadata.dump(1);
  return result;
}

}  // namespace draftstream
