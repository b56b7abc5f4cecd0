// draftstream keys: makes keys for those who publish and those who listen.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "app/command_line.hpp"
#include "app/exit_status.hpp"
#include "app/option_values.hpp"
#include "ingest/errors.hpp"
#include "publishers/key_files.hpp"

namespace draftstream {
namespace {

struct Arguments {
  std::string name;
  std::string folder = ".";
  std::string shown;  ///< A file; "" = none.
};

// @throws UsageError unless exactly one of the two is there.
void check(const Arguments& arguments) {
  if (arguments.name.empty() == !arguments.shown.empty()) return;
  throw UsageError(fmt::format("keys: found {}, expected NAME or --show FILE",
                               arguments.name.empty() ? "neither" : "both"));
}

std::string checked_name(const std::string& name) {
  try {
    return parse_name(name);
  } catch (const BadValue&) {
    throw UsageError(
        fmt::format("keys: found '{}', expected a NAME of 1 to 32 letters, digits, - and _", name));
  }
}

int run(const Arguments& arguments) {
  check(arguments);
  if (!arguments.shown.empty()) {
    fmt::print("{}\n", read_public_key(arguments.shown));
    return number(ExitStatus::done);
  }
  const KeyPair pair = make_key_pair();
  const KeyFiles files = write_key_files(pair, checked_name(arguments.name), arguments.folder);
  fmt::print("{}  public key, to be handed on: {}\n{}  with the secret key, to be kept\n",
             files.public_file.string(), pair.public_key, files.secret_file.string());
  return number(ExitStatus::done);
}

}  // namespace

Command add_keys_command(CLI::App& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = program.add_subcommand(
      "keys", "Make a pair of keys, NAME.pub and NAME.key, for a publisher or who listens to it");
  parser->add_option("NAME", arguments->name, "Of its owner: letters, digits, - and _")
      ->type_name("");
  parser->add_option("-o", arguments->folder, "Folder of both files (default: this one)")
      ->type_name("DIR");
  parser->add_option("--show", arguments->shown, "Print the public key of a file")
      ->type_name("FILE");
  return {parser, [arguments] { return run(*arguments); }};
}

}  // namespace draftstream
