// draftstream evaluate: what was found, compared with what was simulated.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "app/command_line.hpp"
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
      if (counts(event.classifier.label, event.beam.index, beam)) {
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

}  // namespace

Command add_evaluate_command(CLI::App& program) {
  struct Arguments {
    std::string candidates, truth, beam;
    bool json = false;
    bool strict = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = program.add_subcommand(
      "evaluate", "Recall by S/N, false alarms, and errors of DM, time and S/N");
  parser
      ->add_option("CANDIDATES", arguments->candidates,
                   "candidates.csv, events as JSON lines (*.jsonl), or an output folder")
      ->required()
      ->type_name("");
  parser->add_option("TRUTH", arguments->truth, "*.truth.json of the simulation")
      ->required()
      ->type_name("");
  parser->add_option("--beam", arguments->beam, "Candidates of this beam only")->type_name("N");
  parser->add_flag("--json", arguments->json, "As JSON");
  parser->add_flag("--strict", arguments->strict, "Exit with 1 if a burst was missed");
  return {parser, [arguments] {
            const auto truth = read_truth(arguments->truth);
            const auto beam = parse_argument<std::optional<int>>(
                "--beam", arguments->beam,
                [](const auto& text) { return static_cast<int>(parse_count(text, 0, 99999)); });
            const auto found = read_found(arguments->candidates, beam);
            const auto evaluation = evaluate(found, truth);
            fmt::print("{}", arguments->json ? to_json(evaluation, found, truth) + "\n"
                                             : to_text(evaluation, found, truth));
            const bool missed = arguments->strict && !evaluation.missed.empty();
            return number(missed ? ExitStatus::failed : ExitStatus::done);
          }};
}

}  // namespace draftstream
