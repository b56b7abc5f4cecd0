#include "app/mask_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "engine/channel_mask.hpp"
#include "ingest/errors.hpp"

namespace draftstream {

std::string read_mask_text(const std::string& path) {
  if (path.empty()) return "";
  std::ifstream file{path};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (!file.is_open() || file.bad()) {
    throw MissingInput(
        fmt::format("{}: cannot be read: {}", path, std::generic_category().message(errno)));
  }
  return text;
}

std::vector<bool> parse_mask_text(const std::string& text, const std::string& path,
                                  const FrequencyAxis& frequency) {
  if (path.empty()) return {};
  try {
    return parse_channel_mask(text, frequency);
  } catch (const InputError& error) {
    throw error.in_file(path);
  }
}

std::vector<bool> read_mask_file(const std::string& path, const FrequencyAxis& frequency) {
  return parse_mask_text(read_mask_text(path), path, frequency);
}

}  // namespace draftstream
