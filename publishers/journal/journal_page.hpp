// Reading a journal on from a number, while another thread or process writes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace draftstream {

/// Some messages in order, and what the journal held when they were read.
struct JournalPage {
  std::string id;                     ///< Of the journal.
  std::uint64_t first_seq = 1;        ///< Of the oldest that is kept, or of the next one.
  std::uint64_t last_seq = 0;         ///< Of the newest; 0 = none yet.
  std::vector<std::string> messages;  ///< JSON, as they were published.
};

/// Messages after `after`, at most `limit`. All of them are on the disk: what is done about them
/// cannot come before that.
/// @throws MissingInput if it cannot be read; InputError if it is none, or damaged.
[[nodiscard]] JournalPage read_journal_page(const std::filesystem::path& journal,
                                            std::uint64_t after, std::size_t limit);

}  // namespace draftstream
