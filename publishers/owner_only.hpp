// Files that only their owner may read: keys and tokens.
#pragma once

#include <filesystem>
#include <string>

namespace draftstream {

/// @param secret  What it holds: "secret key".
/// @throws ConfigError naming the file and its mode if others may read or change it. A file that is
///         not there passes.
void check_only_owner_reads(const std::filesystem::path& file, const std::string& secret);

}  // namespace draftstream
