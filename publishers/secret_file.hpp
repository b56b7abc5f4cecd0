// Files that are for their owner alone.
#pragma once

#include <filesystem>
#include <string>

namespace draftstream {

/// A file that is not there passes: whoever reads it says so.
/// @throws ConfigError if others than its owner may read, write or run it.
void check_only_owner_reads(const std::filesystem::path& file);

/// The text of a file that only its owner may read, without the white space around it.
/// @throws MissingInput if it cannot be read.
/// @throws ConfigError  if others may read it, or it is empty, or longer than 64 KiB.
[[nodiscard]] std::string read_secret(const std::filesystem::path& file);

}  // namespace draftstream
