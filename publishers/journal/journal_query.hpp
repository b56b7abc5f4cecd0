// Looking events up in a journal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "ingest/time_axis.hpp"

namespace draftstream {

/// Which messages; what is empty lets all pass.
struct JournalFilter {
  std::uint64_t after_seq = 0;
  std::optional<UtcInstant> toa_from;  ///< Arrival at the highest channel.
  std::optional<double> min_snr;
  std::optional<std::string> label;  ///< "burst", "interference", "unjudged".
  bool prompt = false;               ///< What the prompt search told, too.
};

/// Hands out messages in order of their numbers, as they were published. The journal may be
/// written meanwhile.
/// @throws MissingInput if it cannot be read; InputError if it is none, or damaged.
void query_journal(const std::filesystem::path& journal, const JournalFilter& filter,
                   const std::function<void(const std::string& json)>& sink);

}  // namespace draftstream
