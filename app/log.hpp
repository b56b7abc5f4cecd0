// Log lines on stderr.
#pragma once

namespace draftstream {

/// Sets up spdlog's default logger: stderr, UTC time, level; a level alone for systemd's journal.
/// @param quiet  Warnings and errors only.
void start_log(bool quiet);

/// Whether someone looks at stderr.
[[nodiscard]] bool stderr_is_terminal();

/// Goes to the beginning of the terminal's line and clears it.
inline constexpr const char* clear_line = "\r\x1b[K";

}  // namespace draftstream
