// The program: arguments in, exit status out.
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/networks_program.hpp"

namespace {

using namespace draftstream;

std::vector<Command> add_commands(CLI::App& program) {
  return {add_inspect_command(program),
          add_plan_command(program),
          add_replay_command(program),
          add_live_command(program),
          add_send_command(program),
          add_simulate_command(program),
          add_subscribe_command(program),
          add_events_command(program),
          add_forward_command(program),
          add_keys_command(program),
          add_control_command(program),
          add_evaluate_command(program),
          add_networks_command(program, "train", "Fit networks to simulated skies, or to yours"),
          add_cutouts_command(program),
          add_config_command(program)};
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc),
                     add_commands);
}
