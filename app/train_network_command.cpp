// draftstream train detector, classifier: one network, fitted to examples that are there.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <memory>

#include "app/exit_status.hpp"
#include "app/log.hpp"
#include "app/model_files.hpp"
#include "app/train_parts.hpp"
#include "ingest/errors.hpp"
#include "training/networks/train.hpp"

namespace draftstream {
namespace {

struct Arguments {
  NetworkKind kind = NetworkKind::detector;
  std::string output, examples, architecture, detector, checkpoint, seed, threads;
  FitArguments fit;
  bool anew = false;
  bool quiet = false;
};

TrainRequest request_of(const Arguments& arguments) {
  TrainRequest request;
  request.kind = arguments.kind;
  request.output = arguments.output;
  request.examples = arguments.examples;
  request.detector = arguments.detector;
  request.architecture = arguments.architecture.empty()
                             ? model_file(fmt::format("{}_arch.pt", name(arguments.kind)))
                             : std::filesystem::path{arguments.architecture};
  request.version = arguments.fit.version();
  request.fit = arguments.fit.options();
  request.fit.seed = parse_argument<std::uint64_t>(
      "--seed", arguments.seed, [](const auto& text) { return parse_count(text, 0, UINT32_MAX); },
      request.fit.seed);
  request.fit.threads = parse_argument<unsigned>(
      "--threads", arguments.threads, [](const auto& text) { return parse_count(text, 0, 1024); });
  request.fit.checkpoint =
      arguments.checkpoint.empty() ? arguments.output + ".checkpoint" : arguments.checkpoint;
  return request;
}

void check_folder_of(const char* flag, const std::filesystem::path& file) {
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  if (!std::filesystem::is_directory(folder)) {
    throw UsageError(fmt::format("{}: {}: found no folder {}, expected one to write to", flag,
                                 file.string(), folder.string()));
  }
}

// What would be known at the end of a training is said before it. A network whose fit goes on from
// a checkpoint was asked for already.
void check_output(const Arguments& arguments, const TrainRequest& request) {
  check_folder_of("--output", request.output);
  check_folder_of("--checkpoint", request.fit.checkpoint);
  const bool asked = arguments.anew || std::filesystem::exists(request.fit.checkpoint);
  if (std::filesystem::is_directory(request.output) ||
      (!asked && std::filesystem::exists(request.output))) {
    throw UsageError(
        fmt::format("--output: {}: found something there, expected nothing; or give "
                    "--anew to write over a network",
                    arguments.output));
  }
}

int run(const Arguments& arguments) {
  start_log(arguments.quiet);
  Interrupt interrupt;  // before any other thread
  TrainingWatch watch{arguments.quiet, interrupt};
  TrainRequest request = request_of(arguments);
  request.fit.go_on = [&](const FitStep& step) { return watch.show(step); };
  check_output(arguments, request);
  if (arguments.anew) std::filesystem::remove(request.fit.checkpoint);
  watch.begin(name(request.kind));
  if (std::filesystem::exists(request.fit.checkpoint)) {
    spdlog::info("going on from {}", request.fit.checkpoint);
  }
  return watch.run([&] {
    const TrainResult result =
        train(request, [&](const FitProgress& progress) { watch.tell(progress); });
    std::filesystem::remove(request.fit.checkpoint);
    spdlog::info("{}: {} epochs, {} examples, validation loss {:.4f} on {}", arguments.output,
                 result.epochs, result.training, result.loss, result.validation);
  });
}

Command add_network(CLI::App& train, NetworkKind kind) {
  auto arguments = std::make_shared<Arguments>();
  arguments->kind = kind;
  const bool detector = kind == NetworkKind::detector;
  CLI::App* parser = train.add_subcommand(
      name(kind), detector ? "Fit the network that looks at S/N by DM and time"
                           : "Fit the network that looks at one candidate, dedispersed");
  const auto option = [&](const char* flag, std::string& text, const char* value,
                          const std::string& help) {
    return parser->add_option(flag, text, help)->type_name(value);
  };
  option("-o,--output", arguments->output, "FILE.pt", "Network; its card goes beside it (.md)")
      ->required();
  option("--examples", arguments->examples, "FILE.h5", "As `train examples` makes them")
      ->required();
  option("--architecture", arguments->architecture, "FILE.pt",
         "Scripted network to begin with, trained or not (default the one that is shipped)");
  if (!detector) {
    option("--detector", arguments->detector, "FILE.pt",
           "Trained detector, to weigh both networks' scores with each other");
  }
  arguments->fit.add_to(*parser);
  option("--seed", arguments->seed, "N", "Of the order of examples (default 1)");
  option("--threads", arguments->threads, "N", "0 = one a core (default)");
  option("--checkpoint", arguments->checkpoint, "FILE",
         "Written after each epoch and at Ctrl-C; gone on from, if it is there "
         "(default FILE.pt.checkpoint; removed at the end)");
  parser->add_flag("--anew", arguments->anew,
                   "Begin anew, whatever the checkpoint holds, and write over FILE.pt");
  parser->add_flag("--quiet", arguments->quiet, "Warnings and errors only");
  return {parser, [arguments] { return run(*arguments); }};
}

}  // namespace

std::vector<Command> add_train_one(CLI::App& train) {
  return {add_network(train, NetworkKind::detector), add_network(train, NetworkKind::classifier)};
}

}  // namespace draftstream
