// The file that names channels which are never used.
#pragma once

#include <string>
#include <vector>

#include "ingest/frequency_axis.hpp"

namespace draftstream {

/// @return Shape [channel], true = never used; empty if there is no file.
/// @param path  "" = no file.
/// @throws MissingInput, InputError  naming the file.
[[nodiscard]] std::vector<bool> read_mask_file(const std::string& path,
                                               const FrequencyAxis& frequency);

}  // namespace draftstream
