// The file that names channels which are never used.
#pragma once

#include <string>
#include <vector>

#include "ingest/frequency_axis.hpp"

namespace draftstream {

/// What the file holds, "" if there is no file.
/// @param path  "" = no file.
/// @throws MissingInput naming the file.
[[nodiscard]] std::string read_mask_text(const std::string& path);

/// @return Shape [channel], true = never used; empty if there is no file.
/// @param path  "" = no file.
/// @throws InputError naming the file.
[[nodiscard]] std::vector<bool> parse_mask_text(const std::string& text, const std::string& path,
                                                const FrequencyAxis& frequency);

/// Both of them.
[[nodiscard]] std::vector<bool> read_mask_file(const std::string& path,
                                               const FrequencyAxis& frequency);

}  // namespace draftstream
