// The commands that need LibTorch, which a program of its own carries out.
#pragma once

#include <string>
#include <vector>

#include "app/command_line.hpp"

namespace draftstream {

/// Becomes draftstream-networks, which lies beside libdraftstream_networks.so: the process stays
/// the same, so signals reach it, and its exit status is that of this program. SIGINT and SIGTERM
/// are blocked there: each of its commands has an Interrupt.
/// @param arguments  Without the program's name; the first one is the command.
/// @throws ConfigError        if this build has none.
/// @throws std::system_error  if it cannot be started.
[[noreturn]] void become_networks_program(const std::vector<std::string>& arguments);

/// A command of draftstream-networks, as `draftstream` lists it: whatever follows is handed on.
Command add_networks_command(CLI::App& program, const std::string& name, const std::string& help);

}  // namespace draftstream
