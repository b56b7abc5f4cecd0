#include "app/networks_program.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "app/model_files.hpp"
#include "ingest/errors.hpp"

namespace draftstream {

void become_networks_program(const std::vector<std::string>& arguments) {
  const std::string file = library_file("draftstream-networks").string();
  if (!std::filesystem::exists(file)) {
    throw ConfigError(
        fmt::format("{}: found no program {}, expected a build with LibTorch (libtorch-dev)",
                    arguments.empty() ? "networks" : arguments.front(), file));
  }
  std::vector<std::string> words{"draftstream"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  // Threads of OpenMP that wait for each other by spinning take the cores from those they wait for.
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  // LibTorch's libraries start threads when they are loaded: these have to leave the signals to
  // Interrupt, too.
  sigset_t left_alone;
  sigemptyset(&left_alone);
  sigaddset(&left_alone, SIGINT);
  sigaddset(&left_alone, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &left_alone, nullptr);
  ::execv(file.c_str(), argv.data());
  throw std::system_error(errno, std::generic_category(), file);
}

Command add_networks_command(CLI::App& program, const std::string& name, const std::string& help) {
  CLI::App* parser = program.add_subcommand(name, help);
  parser->set_help_flag();  // the other program's help is the one to see
  parser->prefix_command();
  return {parser,
          [parser, name]() -> int {
            std::vector<std::string> arguments{name};
            const auto rest = parser->remaining();
            arguments.insert(arguments.end(), rest.begin(), rest.end());
            become_networks_program(arguments);
          },
          {},
          true};
}

}  // namespace draftstream
