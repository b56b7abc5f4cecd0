// The program: arguments in, exit status out.
#include <string>
#include <vector>

#include "app/command_line.hpp"

int main(int argc, char** argv) {
  return draftstream::run_program(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
