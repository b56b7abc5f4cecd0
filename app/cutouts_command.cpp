// draftstream cutouts: looks at stores of cutouts, copies and compares them.
#include "app/command_line.hpp"

namespace draftstream {

Command add_cutouts_command(CLI::App& program) {
  CLI::App* parser =
      program.add_subcommand("cutouts", "Look at stores of cutouts, copy and compare them");
  parser->require_subcommand(0, 1);
  Command command{parser, {}, add_cutout_views(*parser)};
  for (Command& copy : add_cutout_copies(*parser)) command.parts.push_back(std::move(copy));
  command.parts.push_back(add_cutout_bench(*parser));
  return command;
}

}  // namespace draftstream
