#include "publishers/owner_only.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "ingest/errors.hpp"

namespace draftstream {

void check_only_owner_reads(const std::filesystem::path& file, const std::string& secret) {
  struct stat state {};
  if (::stat(file.c_str(), &state) != 0) return;
  const mode_t others = state.st_mode & (S_IRWXG | S_IRWXO);
  if (others == 0) return;
  throw ConfigError(
      fmt::format("{}: found mode {:04o}, expected 0600 or less: others may read or change its {}",
                  file.string(), state.st_mode & 07777, secret));
}

}  // namespace draftstream
