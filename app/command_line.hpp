// The command line: subcommands, what a wrong argument is told, and the shared options.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/exit_status.hpp"
#include "app/settings.hpp"
#include "ingest/errors.hpp"
#include "ingest/parse_value.hpp"

namespace draftstream {

/// What a subcommand does once its arguments are parsed.
/// @return The exit status.
using Action = std::function<int()>;

/// A subcommand as the parser knows it. The action owns what the arguments are parsed into.
struct Command {
  CLI::App* parser = nullptr;
  Action run;
  std::vector<Command> parts = {};  ///< Subcommands of its own; one of them is run in its place.
  bool hands_on = false;            ///< Its arguments are another program's: none is refused here.
};

/// The options of config.hpp as arguments of a subcommand.
class SharedOptions {
 public:
  /// Adds --config and every option that has a flag.
  /// @param defaults  What the command does where nothing is said.
  /// @param without   Flags that it does not have.
  void add_to(CLI::App& parser, const Settings& defaults = {},
              std::span<const std::string_view> without = {});

  /// Defaults, changed by --config, changed by the arguments.
  /// @throws ConfigError   naming file, line and key.
  /// @throws UsageError    naming the argument.
  /// @throws MissingInput  if the file of --config cannot be read.
  [[nodiscard]] Settings settings() const;

 private:
  Settings defaults_;
  std::string config_file_;
  // By index of options(); what was not given is absent.
  std::map<std::size_t, std::vector<std::string>> given_;
};

/// The value of an argument that is parsed by one of parse_value.hpp; a default one if it was not
/// given.
/// @param flag   For the message.
/// @param text   "" = not given.
/// @throws UsageError naming the flag, what was found and what was expected.
template <class Value, class Parse>
Value parse_argument(std::string_view flag, const std::string& text, Parse parse,
                     Value otherwise = {}) {
  if (text.empty()) return otherwise;
  try {
    return static_cast<Value>(parse(text));
  } catch (const BadValue& error) {
    throw UsageError(std::string{flag} + ": " + error.what());
  } catch (const ConfigError& error) {  // from a parser of another folder
    throw UsageError(std::string{flag} + ": " + error.what());
  }
}

/// Runs the program. Errors become one line on stderr and an exit status.
/// @param arguments     Without the program's name.
/// @param add_commands  All that it can do.
int run_program(const std::vector<std::string>& arguments,
                const std::function<std::vector<Command>(CLI::App& program)>& add_commands);

/// Each in a file of its own, <name>_command.cpp.
Command add_inspect_command(CLI::App& program);
Command add_plan_command(CLI::App& program);
Command add_replay_command(CLI::App& program);
Command add_live_command(CLI::App& program);
Command add_send_command(CLI::App& program);
Command add_simulate_command(CLI::App& program);
Command add_subscribe_command(CLI::App& program);
Command add_events_command(CLI::App& program);
Command add_forward_command(CLI::App& program);
Command add_keys_command(CLI::App& program);
Command add_evaluate_command(CLI::App& program);
Command add_config_command(CLI::App& program);
Command add_control_command(CLI::App& program);
Command add_cutouts_command(CLI::App& program);
Command add_train_command(CLI::App& program);  ///< Of draftstream-networks.

/// The parts of `cutouts`, in files of their own.
std::vector<Command> add_cutout_views(CLI::App& cutouts);   ///< list, show
std::vector<Command> add_cutout_copies(CLI::App& cutouts);  ///< extract, import, export
Command add_cutout_bench(CLI::App& cutouts);                ///< bench

}  // namespace draftstream
