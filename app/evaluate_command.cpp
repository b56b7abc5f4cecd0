// draftstream evaluate: what was found, compared with what was simulated; or networks on fresh
// scenes.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "app/command_line.hpp"
#include "app/evaluate_model.hpp"
#include "app/exit_status.hpp"
#include "ingest/errors.hpp"
#include "publishers/candidate_reader.hpp"
#include "publishers/event.hpp"
#include "training/evaluation.hpp"
#include "training/truth.hpp"

namespace draftstream {
namespace {

FoundPulse found_pulse(const CandidateRow& row) {
  return {row.event_id, Seconds{row.toa_s}, DispersionMeasure{row.dm_pc_cm3}, row.snr,
          Seconds{row.width_ms / 1e3}};
}

FoundPulse found_pulse(const Event& event) {
  return {event.event_id, Seconds{event.time.toa_s}, DispersionMeasure{event.dm.value_pc_cm3},
          event.signal.snr, Seconds{event.signal.width_ms / 1e3}};
}

// Which candidates count: not those that were called interference.
bool counts(const std::string& label, std::optional<int> beam, std::optional<int> wanted) {
  return label != "interference" && (!wanted || beam == wanted);
}

std::vector<FoundPulse> read_events(const std::string& path, std::optional<int> beam) {
  std::ifstream file{path};
  if (!file) {
    throw MissingInput(
        fmt::format("{}: cannot be read: {}", path, std::generic_category().message(errno)));
  }
  std::vector<FoundPulse> found;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.empty()) continue;
    try {
      const Event event = parse_event(line);
      const bool is_alert = event.search == SearchKind::prompt;  // its event comes, too
      if (!is_alert && counts(event.classifier.label, event.beam.index, beam)) {
        found.push_back(found_pulse(event));
      }
    } catch (const InputError& error) {
      throw error.in_file(fmt::format("{}:{}", path, number));
    }
  }
  return found;
}

std::vector<FoundPulse> read_found(const std::string& given, std::optional<int> beam) {
  std::filesystem::path path{given};
  if (std::filesystem::is_directory(path)) path /= "candidates.csv";
  if (path.extension() == ".jsonl") return read_events(path.string(), beam);
  std::vector<FoundPulse> found;
  for (const auto& row : read_candidates(path)) {
    if (counts(row.label, row.beam, beam)) found.push_back(found_pulse(row));
  }
  return found;
}

struct Arguments {
  std::string candidates, truth, beam;
  std::string detector, classifier, scenes, seed, threshold, interference, threads, output;
  bool json = false;
  bool strict = false;
  bool model = false;
};

int compare(const Arguments& arguments) {
  const auto truth = read_truth(arguments.truth);
  const auto beam = parse_argument<std::optional<int>>(
      "--beam", arguments.beam,
      [](const auto& text) { return static_cast<int>(parse_count(text, 0, 99999)); });
  const auto found = read_found(arguments.candidates, beam);
  const auto evaluation = evaluate(found, truth);
  fmt::print("{}", arguments.json ? to_json(evaluation, found, truth) + "\n"
                                  : to_text(evaluation, found, truth));
  const bool missed = arguments.strict && !evaluation.missed.empty();
  return number(missed ? ExitStatus::failed : ExitStatus::done);
}

int judge_model(const Arguments& arguments) {
  const auto count = [](const char* flag, const std::string& text, std::uint64_t low,
                        std::uint64_t high, std::uint64_t otherwise) {
    return parse_argument<std::uint64_t>(
        flag, text, [&](const auto& digits) { return parse_count(digits, low, high); }, otherwise);
  };
  EvaluateModelRequest request;
  request.detector = arguments.detector;
  request.classifier = arguments.classifier;
  ModelEvaluationOptions& options = request.options;
  options.scenes = count("--scenes", arguments.scenes, 1, 1000000, options.scenes);
  options.seed = count("--seed", arguments.seed, 0, largest_evaluation_seed, options.seed);
  options.threads = static_cast<unsigned>(count("--threads", arguments.threads, 0, 1024, 0));
  options.threshold = parse_argument<double>(
      "--threshold", arguments.threshold,
      [](const auto& text) { return parse_number(text, 5.0, 100.0); }, options.threshold);
  options.interference = parse_argument<double>(
      "--interference", arguments.interference,
      [](const auto& text) { return parse_number(text, 0.0, 1.0); }, options.interference);
  request.json = arguments.json;
  request.output = arguments.output;
  return evaluate_model(request);
}

// The two uses have no arguments in common but --json.
void check(const Arguments& arguments) {
  const auto& all = arguments;
  if (!all.model) {
    if (all.candidates.empty()) throw UsageError("evaluate: CANDIDATES is required, or --model");
    if (all.truth.empty()) throw UsageError("evaluate: TRUTH is required");
    for (const auto& [flag, text] : {std::pair{"--detector", all.detector},
                                     {"--classifier", all.classifier},
                                     {"--scenes", all.scenes},
                                     {"--seed", all.seed},
                                     {"--threshold", all.threshold},
                                     {"--interference", all.interference},
                                     {"--threads", all.threads},
                                     {"--output", all.output}}) {
      if (!text.empty()) {
        throw UsageError(fmt::format("evaluate: found {} without --model, expected both", flag));
      }
    }
    return;
  }
  if (!all.candidates.empty() || !all.beam.empty() || all.strict) {
    throw UsageError(
        "evaluate: found --model with CANDIDATES, TRUTH, --beam or --strict, expected one of the "
        "two uses");
  }
  if (all.detector.empty() || all.classifier.empty()) {
    throw UsageError(
        "evaluate: --model: found one network or none, expected --detector and "
        "--classifier");
  }
}

}  // namespace

Command add_evaluate_command(CLI::App& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = program.add_subcommand(
      "evaluate",
      "Recall by S/N, false alarms, and errors of DM, time and S/N; or how good networks are");
  const auto option = [&](const char* flag, std::string& text, const char* value,
                          const char* help) {
    parser->add_option(flag, text, help)->type_name(value);
  };
  option("CANDIDATES", arguments->candidates, "",
         "candidates.csv, events as JSON lines (*.jsonl), or an output folder");
  option("TRUTH", arguments->truth, "", "*.truth.json of the simulation");
  option("--beam", arguments->beam, "N", "Candidates of this beam only");
  parser->add_flag("--json", arguments->json, "As JSON");
  parser->add_flag("--strict", arguments->strict, "Exit with 1 if a burst was missed");
  parser->add_flag("--model", arguments->model,
                   "Instead: search simulated scenes with two networks, and tell recall at rates "
                   "of false alarms; with the options below");
  option("--detector", arguments->detector, "FILE", "The network for tiles");
  option("--classifier", arguments->classifier, "FILE", "The network for patches");
  option("--scenes", arguments->scenes, "N", "Scenes, two thirds with bursts (default 3000)");
  option("--seed", arguments->seed, "N", "The same seed draws the same scenes (default 1)");
  option("--threshold", arguments->threshold, "SNR", "Lowest S/N of a candidate (default 5.5)");
  option("--interference", arguments->interference, "PART",
         "Of the scenes, those with interference: 0 to 1 (default 0.75)");
  option("--threads", arguments->threads, "N", "0 = one a core; never changes results");
  option("-o,--output", arguments->output, "DIR", "Folder for table, JSON and figures");
  return {parser, [arguments] {
            check(*arguments);
            return arguments->model ? judge_model(*arguments) : compare(*arguments);
          }};
}

}  // namespace draftstream
