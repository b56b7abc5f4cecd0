// Reading candidates.csv back.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "publishers/candidate_table.hpp"

namespace draftstream {

/// All rows. Columns are found by name, in any order; columns of other names are passed over.
/// @param text  RFC 4180; line feeds alone end lines too.
/// @throws InputError naming line and column, what was found and what was expected.
std::vector<CandidateRow> parse_candidates(std::string_view text);

/// @throws MissingInput if the file is not there or cannot be read.
/// @throws InputError   as above, with the file's name.
std::vector<CandidateRow> read_candidates(const std::filesystem::path& path);

}  // namespace draftstream
