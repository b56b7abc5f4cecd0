// draftstream train: examples of what the engine shows its networks, and networks fitted to them.
#include <spdlog/spdlog.h>

#include <memory>
#include <utility>

#include "app/log.hpp"
#include "app/train_parts.hpp"
#include "training/training_set.hpp"

namespace draftstream {
namespace {

struct ExampleArguments {
  std::string file;
  SceneArguments scenes;
  bool quiet = false;
};

int make_examples(const ExampleArguments& arguments) {
  start_log(arguments.quiet);
  Interrupt interrupt;  // before any other thread
  TrainingSetOptions options = arguments.scenes.options();
  options.stop = [&] { return interrupt.signal() != 0; };
  TrainingWatch watch{arguments.quiet, interrupt};
  return watch.run([&] {
    const TrainingSetCounts counts = make_training_set(
        arguments.file, options, [&](const TrainingSetCounts& so_far) { watch.show(so_far); });
    watch.tell(arguments.file, counts);
    if (counts.scenes < counts.wanted) throw TrainingStopped{};
  });
}

Command add_examples(CLI::App& train) {
  auto arguments = std::make_shared<ExampleArguments>();
  CLI::App* parser = train.add_subcommand(
      "examples",
      "Draw skies, search them as replay would, and keep what the networks would be given. Goes on "
      "with a file that is there: scenes that it holds are not made again");
  parser->add_option("FILE.h5", arguments->file, "Store of cutouts; see `draftstream cutouts`")
      ->required()
      ->type_name("");
  arguments->scenes.add_to(*parser);
  parser->add_flag("--quiet", arguments->quiet, "Warnings and errors only");
  return {parser, [arguments] { return make_examples(*arguments); }};
}

}  // namespace

Command add_train_command(CLI::App& program) {
  CLI::App* parser = program.add_subcommand(
      "train",
      "Fit the networks that judge candidates, to simulated skies or to your own recordings");
  parser->require_subcommand(0, 1);
  Command command{parser, {}, {add_train_both(*parser), add_examples(*parser)}};
  for (Command& one : add_train_one(*parser)) command.parts.push_back(std::move(one));
  parser->footer(
      "From nothing to two networks, in one command that can be interrupted and given again:\n"
      "    draftstream train both -o networks --background night1.fil night2.fil\n"
      "    draftstream replay my.fil --detector networks/detector.pt \\\n"
      "        --classifier networks/classifier.pt");
  return command;
}

}  // namespace draftstream
