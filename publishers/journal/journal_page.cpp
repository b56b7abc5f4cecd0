#include "publishers/journal/journal_page.hpp"

#include <algorithm>
#include <limits>
#include <memory>

#include "publishers/journal/journal_database.hpp"
#include "publishers/journal/wal_file.hpp"

namespace draftstream {

JournalPage read_journal_page(const std::filesystem::path& journal, std::uint64_t after,
                              std::size_t limit) {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  JournalPage page;
  SQLite::Database database = open_journal_to_read(journal);
  try {
    // One snapshot for both.
    const SQLite::Transaction transaction{database};
    SQLite::Statement state{database,
                            "SELECT id, first_seq, ifnull((SELECT max(seq) FROM events), 0)"
                            " FROM journal"};
    if (!state.executeStep()) throw InputError("", "no row in the table 'journal'", "one");
    page.id = state.getColumn(0).getString();
    page.first_seq = static_cast<std::uint64_t>(state.getColumn(1).getInt64());
    page.last_seq =
        std::max(page.first_seq - 1, static_cast<std::uint64_t>(state.getColumn(2).getInt64()));
    SQLite::Statement query{database, "SELECT json FROM events WHERE seq > ? ORDER BY seq LIMIT ?"};
    bound(query, std::min(after, most), std::min<std::uint64_t>(limit, most));
    while (query.executeStep()) page.messages.push_back(query.getColumn(0).getString());
  } catch (const SQLite::Exception& error) {
    throw InputError("", error.what(), "a whole journal").in_file(journal.string());
  }
  // What was read is in this file, or was moved from it to the journal and synced there.
  if (!page.messages.empty() && std::filesystem::exists(WalFile::path_of(journal))) {
    WalFile{journal}.sync();
  }
  return page;
}

}  // namespace draftstream
