// The program that knows LibTorch: draftstream becomes it for the commands that need one.
#include <string>
#include <vector>

#include "app/command_line.hpp"

namespace {

using namespace draftstream;

std::vector<Command> add_commands(CLI::App& program) {
  return {add_train_command(program)};
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc),
                     add_commands);
}
