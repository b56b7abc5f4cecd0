// draftstream config: shows every option there is.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "app/command_line.hpp"
#include "app/config.hpp"
#include "app/exit_status.hpp"

namespace draftstream {

Command add_config_command(CLI::App& program) {
  struct Arguments {
    bool dump = false;
    SharedOptions shared;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = program.add_subcommand(
      "config", "Print the configuration that the given options make, or the defaults");
  parser->add_flag("--dump", arguments->dump, "All options with values, units and one line each");
  arguments->shared.add_to(*parser);
  return {parser, [arguments] {
            if (!arguments->dump) throw UsageError("config: expected --dump");
            fmt::print("{}", dump_config(arguments->shared.settings()));
            return number(ExitStatus::done);
          }};
}

}  // namespace draftstream
