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
  std::optional<std::string> label;   ///< "burst", "interference", "unjudged".
  bool prompt = false;                ///< What the prompt search told, too.
  std::optional<std::uint64_t> most;  ///< Messages handed out; the first ones.
};

/// Hands out messages in order of their numbers, as they were published. The journal may be
/// written meanwhile.
/// @throws MissingInput if it cannot be read; InputError if it is none, or damaged.
void query_journal(const std::filesystem::path& journal, const JournalFilter& filter,
                   const std::function<void(const std::string& json)>& sink);

/// Where the results of the observation are that an event belongs to, as seen from the journal.
/// @param session, created_utc  As the event's JSON has them.
/// @return Nothing where no such observation is kept any more.
/// @throws as query_journal().
std::optional<std::string> folder_of_event(const std::filesystem::path& journal,
                                           const std::string& session,
                                           const std::string& created_utc);

}  // namespace draftstream
