#include "publishers/secret_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

constexpr std::size_t longest = 1 << 16;  // [bytes]
constexpr const char* white = " \t\r\n";

}  // namespace

void check_only_owner_reads(const std::filesystem::path& file) {
  struct stat state {};
  if (::stat(file.c_str(), &state) != 0) return;
  const mode_t others = state.st_mode & (S_IRWXG | S_IRWXO);
  if (others == 0) return;
  throw ConfigError(
      fmt::format("{}: found mode {:04o}, expected 0600 or less: others may read or change its "
                  "secret",
                  file.string(), state.st_mode & 07777));
}

std::string read_secret(const std::filesystem::path& file) {
  check_only_owner_reads(file);
  errno = 0;
  std::ifstream stream{file, std::ios::binary};
  std::string text(longest + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.is_open() || stream.bad()) {
    throw MissingInput(fmt::format("{}: cannot be read: {}", file.string(),
                                   std::generic_category().message(errno)));
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  const auto first = text.find_first_not_of(white);
  if (first == std::string::npos || text.size() > longest) {
    throw ConfigError(fmt::format("{}: found {}, expected a secret of 1 to {} bytes", file.string(),
                                  text.size() > longest ? "more" : "nothing", longest));
  }
  return text.substr(first, text.find_last_not_of(white) - first + 1);
}

}  // namespace draftstream
