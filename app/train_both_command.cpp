// draftstream train both: from nothing to two networks.
#include <spdlog/spdlog.h>

#include <memory>

#include "app/log.hpp"
#include "app/model_files.hpp"
#include "app/train_parts.hpp"
#include "training/networks/rounds.hpp"

namespace draftstream {
namespace {

struct Arguments {
  std::string folder, rounds, hard_scenes, detector, classifier;
  SceneArguments scenes;
  FitArguments fit;
  bool quiet = false;
};

RoundsRequest request_of(const Arguments& arguments) {
  RoundsRequest request;
  request.folder = arguments.folder;
  request.scenes = arguments.scenes.options();
  request.rounds = parse_argument(
      "--rounds", arguments.rounds, [](const auto& text) { return parse_count(text, 0, 100); },
      request.rounds);
  request.hard_scenes = parse_argument(
      "--hard-scenes", arguments.hard_scenes,
      [](const auto& text) { return parse_count(text, 1, 1'000'000'000); }, request.scenes.scenes);
  request.detector = arguments.detector.empty() ? model_file("detector_arch.pt")
                                                : std::filesystem::path{arguments.detector};
  request.classifier = arguments.classifier.empty() ? model_file("classifier_arch.pt")
                                                    : std::filesystem::path{arguments.classifier};
  request.version = arguments.fit.version();
  request.dated = arguments.fit.tag.empty();
  request.fit = arguments.fit.options();
  request.fit.threads = request.scenes.threads;
  return request;
}

int run(const Arguments& arguments) {
  start_log(arguments.quiet);
  Interrupt interrupt;  // before any other thread
  TrainingWatch watch{arguments.quiet, interrupt};
  RoundsRequest request = request_of(arguments);
  request.scenes.stop = [&] { return interrupt.signal() != 0; };
  request.fit.go_on = [&](const FitStep& step) { return watch.show(step); };
  return watch.run([&] {
    train_rounds(request, {[&](const std::string& stage) { watch.begin(stage); },
                           [&](const TrainingSetCounts& counts) { watch.show(counts); },
                           [&](const FitProgress& epoch) { watch.tell(epoch); }});
    spdlog::info("{0}/detector.pt and {0}/classifier.pt, with their cards (.md)", arguments.folder);
  });
}

}  // namespace

Command add_train_both(CLI::App& train) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = train.add_subcommand(
      "both",
      "From nothing to two networks: examples, detector, classifier, then rounds of examples that "
      "these get wrong. Given again, it goes on where it was interrupted");
  const auto option = [&](const char* flag, std::string& text, const char* value,
                          const char* help) {
    return parser->add_option(flag, text, help)->type_name(value);
  };
  option("-o,--output", arguments->folder, "DIR", "Takes all that is made")->required();
  arguments->scenes.add_to(*parser);
  option("--rounds", arguments->rounds, "N",
         "Rounds of hard examples, each from new scenes (default 1)");
  option("--hard-scenes", arguments->hard_scenes, "N",
         "Scenes searched in a round (default as many as --scenes)");
  option("--detector", arguments->detector, "FILE.pt",
         "Scripted detector to begin with (default the untrained one that is shipped)");
  option("--classifier", arguments->classifier, "FILE.pt",
         "Scripted classifier to begin with (default the untrained one that is shipped)");
  arguments->fit.add_to(*parser);
  parser->add_flag("--quiet", arguments->quiet, "Warnings and errors only");
  return {parser, [arguments] { return run(*arguments); }};
}

}  // namespace draftstream
