#include "publishers/journal/journal_query.hpp"

#include "publishers/journal/journal_database.hpp"

namespace draftstream {

void query_journal(const std::filesystem::path& journal, const JournalFilter& filter,
                   const std::function<void(const std::string& json)>& sink) {
  SQLite::Database database = open_journal_to_read(journal);
  try {
    SQLite::Statement query{database,
                            "SELECT json FROM events WHERE seq > ?1"
                            " AND (?2 IS NULL OR toa_utc >= ?2) AND (?3 IS NULL OR snr >= ?3)"
                            " AND (?4 IS NULL OR label = ?4)"
                            " AND (?5 OR ifnull(json_extract(json, '$.search'), 'full') = 'full')"
                            " ORDER BY seq LIMIT ifnull(?6, -1)"};
    const auto from =
        filter.toa_from ? std::optional{format_iso8601(*filter.toa_from)} : std::nullopt;
    bound(query, filter.after_seq, from, filter.min_snr, filter.label, filter.prompt, filter.most);
    while (query.executeStep()) sink(query.getColumn(0).getString());
  } catch (const SQLite::Exception& error) {
    throw InputError("", error.what(), "a whole journal").in_file(journal.string());
  }
}

// Observations of a session come one after the other.
std::optional<std::string> folder_of_event(const std::filesystem::path& journal,
                                           const std::string& session,
                                           const std::string& created_utc) {
  SQLite::Database database = open_journal_to_read(journal);
  try {
    SQLite::Statement query{database,
                            "SELECT folder FROM observations WHERE session = ? AND began_utc <= ?"
                            " ORDER BY observation DESC LIMIT 1"};
    bound(query, session, created_utc);
    if (!query.executeStep()) return std::nullopt;
    return query.getColumn(0).getString();
  } catch (const SQLite::Exception& error) {
    throw InputError("", error.what(), "a whole journal").in_file(journal.string());
  }
}

}  // namespace draftstream
