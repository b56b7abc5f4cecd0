#include "app/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>

#include "app/config.hpp"
#include "app/exit_status.hpp"
#include "app/service_manager.hpp"
#include "app/version.hpp"
#include "ingest/nearest.hpp"
#include "ingest/parse_value.hpp"

namespace draftstream {
namespace {

// Every name an option of `parser` is called by, dashes included.
std::vector<std::string> names_of_options(const CLI::App& parser) {
  std::vector<std::string> names;
  for (const CLI::Option* option : parser.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    for (const auto& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::string nearest_of(const std::string& name, const std::vector<std::string>& known) {
  const std::vector<std::string_view> views{known.begin(), known.end()};
  return std::string{nearest(name, views)};
}

// Its name after those of the commands it is inside: "cutouts list".
std::string full_name(const CLI::App& parser) {
  const CLI::App* parent = parser.get_parent();
  const bool inside = parent != nullptr && parent->get_parent() != nullptr;
  return (inside ? full_name(*parent) + " " : "") + parser.get_name();
}

// Refuses what the parser could not place.
void refuse_extras(const CLI::App& parser) {
  const auto extras = parser.remaining();
  if (extras.empty()) return;
  const std::string& extra = extras.front();
  const std::string name = extra.substr(0, extra.find('='));
  if (name.size() < 2 || name.front() != '-') {
    throw UsageError(fmt::format("{}: found the argument {}, expected none here; see --help",
                                 full_name(parser), in_quotes(extra)));
  }
  throw UsageError(fmt::format("{}: unknown option {}; the nearest one is {}", full_name(parser),
                               in_quotes(name), nearest_of(name, names_of_options(parser))));
}

void refuse_unknown_command(const CLI::App& parent) {
  const auto extras = parent.remaining();
  const std::string place = parent.get_parent() != nullptr ? parent.get_name() + ": " : "";
  std::vector<std::string> known;
  for (const CLI::App* command : parent.get_subcommands([](const CLI::App*) { return true; })) {
    known.push_back(command->get_name());
  }
  if (extras.empty()) {
    throw UsageError(fmt::format("{}found no command, expected one of {}; see --help", place,
                                 fmt::join(known, ", ")));
  }
  const std::string& extra = extras.front();
  const bool is_option = extra.front() == '-';
  throw UsageError(fmt::format("{}unknown {} {}; the nearest one is {}", place,
                               is_option ? "option" : "command", in_quotes(extra),
                               nearest_of(extra, is_option ? names_of_options(parent) : known)));
}

std::string version_text() {
  return fmt::format(
      "{}\nservice manager: {}", version_line,
      knows_service_manager() ? "told by libsystemd" : "not told, built without libsystemd");
}

// What all commands answer to, those inside others included.
void prepare(const std::vector<Command>& commands) {
  for (const Command& command : commands) {
    if (command.hands_on) continue;
    command.parser->set_version_flag("--version", version_text());
    command.parser->allow_extras();  // refused below, with the nearest name
    prepare(command.parts);
  }
}

void refuse_all_extras(const std::vector<Command>& commands) {
  for (const Command& command : commands) {
    if (command.parts.empty() && !command.hands_on) refuse_extras(*command.parser);
    refuse_all_extras(command.parts);
  }
}

// Runs the one that was given.
int run_given(const CLI::App& parent, const std::vector<Command>& commands) {
  for (const Command& command : commands) {
    if (!command.parser->parsed()) continue;
    if (!command.parts.empty()) return run_given(*command.parser, command.parts);
    const CLI::App* first = command.hands_on ? command.parser->get_parent() : command.parser;
    for (const CLI::App* one = first; one != nullptr; one = one->get_parent()) refuse_extras(*one);
    return command.run();
  }
  refuse_unknown_command(parent);
  return number(ExitStatus::bad_usage);  // never reached: the line above throws
}

// The parser's own complaints, which name the argument.
UsageError usage_error(const CLI::ParseError& error) {
  return UsageError{fmt::format("{}; see --help", error.what())};
}

int parse_and_run(const std::vector<std::string>& arguments,
                  const std::function<std::vector<Command>(CLI::App&)>& add_commands) {
  CLI::App program{"Finds Fast Radio Bursts and single pulses in radio telescope data.",
                   "draftstream"};
  program.set_version_flag("--version", version_text());
  // At most one command: after it, an argument that is called like another one is a file's name.
  program.require_subcommand(0, 1);
  program.allow_extras();
  program.footer(
      "Exit status: 0 done; 1 failed while running; 2 bad usage; 65 bad input data;\n"
      "66 input missing or unreadable; 75 try again (a peer is not there yet);\n"
      "78 bad configuration; 130 or 143 ended by SIGINT or SIGTERM, results kept.");

  const std::vector<Command> commands = add_commands(program);
  prepare(commands);

  try {
    // The parser takes them last first.
    program.parse(std::vector<std::string>{arguments.rbegin(), arguments.rend()});
  } catch (const CLI::Success& success) {  // --help and --version
    return program.exit(success, std::cout, std::cerr);
  } catch (const CLI::ParseError& error) {
    // An unknown option often makes the parser miss its value elsewhere: name the option.
    refuse_all_extras(commands);
    throw usage_error(error);
  }
  return run_given(program, commands);
}

}  // namespace

void SharedOptions::add_to(CLI::App& parser, const Settings& defaults,
                           std::span<const std::string_view> without) {
  defaults_ = defaults;
  parser.add_option("--config", config_file_, "Configuration in YAML; see config --dump")
      ->type_name("FILE.yaml");
  const auto all = options();
  for (std::size_t index = 0; index < all.size(); ++index) {
    const Option& option = all[index];
    if (option.flag.empty() || std::ranges::find(without, option.flag) != without.end()) continue;
    const std::string flag{option.flag};
    std::string help{option.flag_help.empty() ? option.help : option.flag_help};
    if (!option.unit.empty()) help += fmt::format(" [{}]", option.unit);
    const auto shown = option.show(defaults_);
    if (!option.value.empty() && !shown.empty() && !shown.front().empty()) {
      help += fmt::format(" (default {})", shown.front());
    }
    if (option.value.empty()) {
      const std::string means{option.flag_means};
      parser.add_flag_callback(
          flag, [this, index, means] { given_[index] = {means}; }, help);
    } else {
      CLI::Option* added = parser.add_option_function<std::vector<std::string>>(
          flag, [this, index](const std::vector<std::string>& values) { given_[index] = values; },
          help);
      added->type_name(std::string{option.value})->expected(1)->allow_extra_args(false);
      added->multi_option_policy(option.repeatable ? CLI::MultiOptionPolicy::TakeAll
                                                   : CLI::MultiOptionPolicy::Throw);
    }
  }
}

Settings SharedOptions::settings() const {
  Settings settings = defaults_;
  if (!config_file_.empty()) read_config_file(config_file_, settings);
  for (const auto& [index, values] : given_) {
    const Option& option = options()[index];
    try {
      option.set(settings, values);
    } catch (const BadValue& error) {
      throw UsageError(fmt::format("{}: {}", option.flag, error.what()));
    }
  }
  return settings;
}

int run_program(const std::vector<std::string>& arguments,
                const std::function<std::vector<Command>(CLI::App& program)>& add_commands) {
  try {
    return parse_and_run(arguments, add_commands);
  } catch (...) {
    const auto error = std::current_exception();
    fmt::print(stderr, "draftstream: {}\n", sentence_of(error));
    return number(status_of(error));
  }
}

}  // namespace draftstream
