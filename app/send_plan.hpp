// The file of `send --plan`: what went wrong on purpose, and what is left to arrive.
#pragma once

#include <span>
#include <string>

#include "replay/packet_sender.hpp"

namespace draftstream {

/// Writes it as JSON; docs/interfaces/command_line.md has its fields.
/// @param url     As `live` is to be told.
/// @param faults  As they were given.
/// @throws std::runtime_error if it cannot be written.
void write_send_plan(const std::string& path, const std::string& url,
                     std::span<const std::string> faults, std::uint64_t seed,
                     const PacketsSent& sent);

}  // namespace draftstream
